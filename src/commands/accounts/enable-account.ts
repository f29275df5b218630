import type { Instant } from '../../core/clock.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { AccountEvent } from '../../events/account.ts';
import type { Account } from './account.ts';

/** An operator opens a disabled account again; its owner signs in anew. */
export const enableAccount = (
  state: Account,
  { at }: { readonly at: Instant },
): Result<AccountEvent[], 'account_not_found'> => {
  if (state.is !== 'registered') return refuse('account_not_found');
  return ok(state.disabled ? [{ type: 'AccountEnabled', v: 1, userId: state.userId, at }] : []);
};
