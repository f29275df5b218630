import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { NameClaimEvent } from '../../events/name-claim.ts';
import { sameHold, type NameClaim } from './name-claim.ts';

export interface ClaimName {
  readonly holder: UserId;
  readonly claim: string;
  readonly until: Instant;
  readonly at: Instant;
  /** A hold that the caller has found empty or fenced, and that may therefore be replaced. */
  readonly replacing?: NameClaim;
}

/**
 * `name_held`: somebody has it, by a hold that may or may not still be good; who wants the name finds out and comes back.
 * The holder of a claim that has not lapsed joins it, so that two requests of one person do not shut each other out.
 */
export const claimName = (
  state: NameClaim,
  { holder, claim, until, at, replacing }: ClaimName,
): Result<NameClaimEvent[], 'name_held'> => {
  const fresh = { type: 'NameClaimed', v: 1, holder, claim, until, at } as const;
  if (state.is === 'free') return ok([fresh]);
  if (state.is === 'claimed' && state.claim === claim) return ok([fresh]);
  if (state.is === 'claimed' && state.holder === holder && state.until > at) return ok([]);
  if (replacing !== undefined && sameHold(state, replacing)) return ok([fresh]);
  return refuse('name_held');
};
