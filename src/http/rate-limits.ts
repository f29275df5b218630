import { createHmac } from 'node:crypto';
import type { Millis } from '../core/clock.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import type { EphemeralStore } from '../ports/ephemeral-store.ts';

/** A refusal's `detail.retry_after` is in seconds and becomes the `Retry-After` header. */
type Allowed = Result<undefined, 'rate_limited'>;

/** How often the same caller may do the same kind of thing (SPEC 13). Each call counts. */
export interface RateLimits {
  /**
   * Log-ins and codes: 10 per 5 minutes and account, 100 per minute and address. `account` is the user's id, so that the username
   * and the e-mail count together; where there is no such user, what was typed.
   */
  signIn(account: string, address: string): Promise<Allowed>;
  /** 600 commands per minute and account. */
  command(userId: string): Promise<Allowed>;
}

interface Limit {
  readonly name: string;
  readonly most: number;
  readonly within: Millis;
}

const signInsOfAccount: Limit = { name: 'sign-in-account', most: 10, within: 300_000 };
const signInsFromAddress: Limit = { name: 'sign-in-address', most: 100, within: 60_000 };
const commandsOfAccount: Limit = { name: 'commands', most: 600, within: 60_000 };

/** Counters are volatile: losing them in a crash lets somebody try a few times more, syncing them would cost every request. */
export const createRateLimits = (options: {
  readonly ephemeral: EphemeralStore;
  readonly enabled: boolean;
  /** 32 bytes. What was typed and addresses are personal, so that keys of counters hold only their HMAC. */
  readonly secret: Buffer;
}): RateLimits => {
  const count = async ({ name, most, within }: Limit, who: string): Promise<Allowed> => {
    const key = `rate:${name}:${who}`;
    const { count: used, expiresIn } = await options.ephemeral.increment(key, 1, within, { volatile: true });
    if (used <= most) return ok(undefined);
    return refuse('rate_limited', { retry_after: Math.max(1, Math.ceil(expiresIn / 1000)) });
  };
  const hidden = (text: string): string =>
    createHmac('sha256', options.secret).update(text.toLowerCase()).digest('base64url');

  if (!options.enabled) {
    const allowed = Promise.resolve<Allowed>(ok(undefined));
    return { signIn: () => allowed, command: () => allowed };
  }
  return {
    signIn: async (account, address) => {
      const fromAddress = await count(signInsFromAddress, hidden(address));
      return fromAddress.ok ? count(signInsOfAccount, hidden(account)) : fromAddress;
    },
    command: (userId) => count(commandsOfAccount, userId),
  };
};
