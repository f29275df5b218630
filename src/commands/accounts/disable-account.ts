import type { Instant } from '../../core/clock.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { AccountEvent } from '../../events/account.ts';
import type { Account } from './account.ts';

/** An operator shuts an account: its sessions end, nobody signs in to it. Twice is as good as once. */
export const disableAccount = (
  state: Account,
  { at }: { readonly at: Instant },
): Result<AccountEvent[], 'account_not_found'> => {
  if (state.is !== 'registered') return refuse('account_not_found');
  const { userId, disabled, sessions } = state;
  const ends = sessions.map(({ id }) => id);
  return ok(disabled ? [] : [{ type: 'AccountDisabled', v: 1, userId, ends, at }]);
};
