import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { AccountEvent } from '../../events/account.ts';
import type { Account } from './account.ts';

/** A name that was claimed for this account. */
export interface ClaimedName {
  readonly name: string;
  readonly key: string;
  readonly claim: string;
}

export interface RegisterAccount {
  readonly userId: UserId;
  readonly username: ClaimedName;
  readonly email: ClaimedName | null;
  readonly login: 'username' | 'email';
  readonly passwordHash: string;
  readonly at: Instant;
}

/** `registration_lapsed`: it took so long that its claims were taken over. */
export const registerAccount = (
  state: Account,
  { userId, username, email, login, passwordHash, at }: RegisterAccount,
): Result<AccountEvent[], 'registration_lapsed'> => {
  if (state.is !== 'unborn') return refuse('registration_lapsed');
  return ok([
    {
      type: 'AccountRegistered',
      v: 1,
      userId,
      username: username.name,
      usernameKey: username.key,
      usernameClaim: username.claim,
      email: email?.name ?? null,
      emailKey: email?.key ?? null,
      emailClaim: email?.claim ?? null,
      login,
      passwordHash,
      at,
    },
  ]);
};
