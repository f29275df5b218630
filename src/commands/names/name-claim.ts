import type { Aggregate } from '../../core/aggregate.ts';
import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { unreachable } from '../../core/result.ts';
import type { NameClaimEvent } from '../../events/name-claim.ts';

/** Who has one unique name. `claimed` lapses; `confirmed` does not. */
export type NameClaim =
  | { readonly is: 'free' }
  | { readonly is: 'claimed'; readonly holder: UserId; readonly claim: string; readonly until: Instant }
  | { readonly is: 'confirmed'; readonly holder: UserId; readonly claim: string };

const evolve = (_state: NameClaim, event: NameClaimEvent): NameClaim => {
  const { holder, claim } = event;
  switch (event.type) {
    case 'NameClaimed':
      return { is: 'claimed', holder, claim, until: event.until };
    case 'NameConfirmed':
      return { is: 'confirmed', holder, claim };
    case 'NameReleased':
      return { is: 'free' };
    default:
      return unreachable(event);
  }
};

export type NameKind = 'username' | 'email';

export const nameClaims: Readonly<Record<NameKind, Aggregate<NameClaim, NameClaimEvent>>> = {
  username: { kind: 'username', initial: { is: 'free' }, evolve },
  email: { kind: 'email', initial: { is: 'free' }, evolve },
};

/** Whether both speak of the same hold, so that what was found out about one is still true of the other. */
export const sameHold = (a: NameClaim, b: NameClaim): boolean =>
  a.is === 'free' || b.is === 'free' ? a.is === b.is : a.is === b.is && a.claim === b.claim;
