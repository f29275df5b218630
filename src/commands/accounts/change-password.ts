import type { Instant } from '../../core/clock.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { AccountEvent } from '../../events/account.ts';
import type { Account } from './account.ts';

export interface ChangePassword {
  readonly passwordHash: string;
  readonly how: 'old_password' | 'code';
  /** The hash that the old password was checked against: if it changed meanwhile, the check says nothing any more. */
  readonly checkedAgainst?: string;
  /** Of the address to which the code went that is now shown. */
  readonly provenEmailKey?: string;
  readonly at: Instant;
}

/** The caller has checked the old password or the code. */
export const changePassword = (
  state: Account,
  { passwordHash, how, checkedAgainst, provenEmailKey, at }: ChangePassword,
): Result<AccountEvent[], 'account_not_found' | 'account_disabled' | 'credentials_wrong'> => {
  if (state.is !== 'registered') return refuse('account_not_found');
  if (state.disabled) return refuse('account_disabled');
  if (checkedAgainst !== undefined && checkedAgainst !== state.passwordHash)
    return refuse('credentials_wrong');
  const { userId, emailKey } = state;
  const ends = state.sessions.map(({ id }) => id);
  const proven = provenEmailKey !== undefined && provenEmailKey === emailKey && !state.emailVerified;
  return ok([
    ...(proven ? [{ type: 'EmailVerified' as const, v: 1 as const, userId, emailKey, at }] : []),
    { type: 'PasswordChanged', v: 1, userId, ends, passwordHash, how, at },
  ]);
};
