import { parseId, type UserId } from '../core/ids.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import { isErased } from '../events/event-schema.ts';
import type { PasswordHasher } from '../ports/password-hasher.ts';
import { account, holdsName, type RegisteredAccount } from './accounts/account.ts';
import type { CommandBus } from './execute.ts';
import type { NameKeys } from './name-keys.ts';
import { nameClaims, type NameKind } from './names/name-claim.ts';

/** What a person types to say who they are. */
export interface Login {
  readonly kind: NameKind;
  readonly name: string;
}

/** A login with `@` is an e-mail, any other a username (SPEC 2). */
export const parseLogin = (text: string): Login => ({
  kind: text.includes('@') ? 'email' : 'username',
  name: text,
});

export interface Credentials {
  /** The account that carries the name, by the log. */
  find(login: Login): Promise<RegisteredAccount | undefined>;
  /** The same answer, after the same time, for a wrong password and for nobody's login. */
  check(
    found: RegisteredAccount | undefined,
    password: string,
  ): Promise<Result<{ readonly account: RegisteredAccount; readonly hash: string }, 'credentials_wrong'>>;
  byId(userId: UserId): Promise<RegisteredAccount | undefined>;
}

export const createCredentials = (options: {
  readonly bus: CommandBus;
  readonly nameKeys: NameKeys;
  readonly passwords: PasswordHasher;
}): Credentials => {
  const { bus, nameKeys, passwords } = options;

  const byId = async (userId: UserId): Promise<RegisteredAccount | undefined> => {
    const { state } = await bus.load(account, userId);
    return state.is === 'registered' ? state : undefined;
  };

  return {
    byId,
    find: async ({ kind, name }) => {
      const key = nameKeys(kind, name);
      const { state } = await bus.load(nameClaims[kind], key);
      const holder = state.is === 'free' ? undefined : parseId<UserId>(state.holder);
      const found = holder === undefined ? undefined : await byId(holder);
      return found !== undefined && holdsName(found, key) ? found : undefined;
    },
    check: async (found, password) => {
      const hash = found === undefined || isErased(found.passwordHash) ? undefined : found.passwordHash;
      const matches = await passwords.verify(hash, password);
      return matches && found !== undefined && hash !== undefined
        ? ok({ account: found, hash })
        : refuse('credentials_wrong');
    },
  };
};
