import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { ok, type Result } from '../../core/result.ts';
import type { NameClaimEvent } from '../../events/name-claim.ts';
import type { NameClaim } from './name-claim.ts';

export interface SettleName {
  readonly holder: UserId;
  readonly claim: string;
  readonly at: Instant;
}

/** The account carries the name. A claim that was replaced meanwhile is none of ours any more. */
export const confirmName = (
  state: NameClaim,
  { holder, claim, at }: SettleName,
): Result<NameClaimEvent[], never> =>
  ok(
    state.is === 'claimed' && state.claim === claim
      ? [{ type: 'NameConfirmed', v: 1, holder, claim, at }]
      : [],
  );
