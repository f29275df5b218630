import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { AccountEvent } from '../../events/account.ts';
import { holdsName, type Account } from './account.ts';

export interface AbandonClaim {
  readonly userId: UserId;
  readonly key: string;
  readonly claim: string;
  readonly at: Instant;
}

/**
 * Makes sure that nothing will ever rest on a lapsed claim, before somebody else takes the name (ARCHITECTURE 11).
 * `name_held`: too late, the account carries the name, and the claim is to be confirmed for it.
 */
export const abandonClaim = (
  state: Account,
  { userId, key, claim, at }: AbandonClaim,
): Result<AccountEvent[], 'name_held'> => {
  if (holdsName(state, key)) return refuse('name_held');
  if (state.is === 'unborn') return ok([{ type: 'RegistrationAbandoned', v: 1, userId, at }]);
  if (state.is === 'abandoned' || state.spentClaims.includes(claim)) return ok([]);
  return ok([{ type: 'NameClaimAbandoned', v: 1, userId, claim, at }]);
};
