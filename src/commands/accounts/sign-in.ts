import type { Instant } from '../../core/clock.ts';
import type { SessionId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { AccountEvent } from '../../events/account.ts';
import type { Account, Device } from './account.ts';

export interface SignIn {
  readonly sessionId: SessionId;
  readonly how: 'password' | 'code';
  readonly device: Device;
  readonly maxSessions: number;
  /** The hash that the password was checked against: if it changed meanwhile, the check says nothing any more. */
  readonly checkedAgainst?: string;
  /** Of the address to which the code went that is now shown. */
  readonly provenEmailKey?: string;
  readonly at: Instant;
}

/** The caller has checked the password or code. The oldest sessions beyond the limit end. */
export const signIn = (
  state: Account,
  { sessionId, how, device, maxSessions, checkedAgainst, provenEmailKey, at }: SignIn,
): Result<AccountEvent[], 'credentials_wrong' | 'account_disabled'> => {
  if (state.is !== 'registered') return refuse('credentials_wrong');
  if (checkedAgainst !== undefined && checkedAgainst !== state.passwordHash)
    return refuse('credentials_wrong');
  if (state.disabled) return refuse('account_disabled');
  const { userId, sessions, emailKey } = state;
  const excess = Math.max(0, sessions.length + 1 - maxSessions);
  const supersedes = sessions.slice(0, excess).map(({ id }) => id);
  const proven = provenEmailKey !== undefined && provenEmailKey === emailKey && !state.emailVerified;
  return ok([
    ...(proven ? [{ type: 'EmailVerified' as const, v: 1 as const, userId, emailKey, at }] : []),
    { type: 'SignedIn', v: 1, userId, sessionId, how, supersedes, device, at },
  ]);
};
