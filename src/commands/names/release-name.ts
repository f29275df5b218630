import { ok, type Result } from '../../core/result.ts';
import type { NameClaimEvent } from '../../events/name-claim.ts';
import type { NameClaim } from './name-claim.ts';
import type { SettleName } from './confirm-name.ts';

/** The account gave the name up. Only the very hold that it had ends, never a newer one. */
export const releaseName = (
  state: NameClaim,
  { holder, claim, at }: SettleName,
): Result<NameClaimEvent[], never> =>
  ok(state.is !== 'free' && state.claim === claim ? [{ type: 'NameReleased', v: 1, holder, claim, at }] : []);
