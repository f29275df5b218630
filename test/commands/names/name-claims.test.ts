import { claimName, type ClaimName } from '../../../src/commands/names/claim-name.ts';
import { confirmName } from '../../../src/commands/names/confirm-name.ts';
import { nameClaims, type NameClaim } from '../../../src/commands/names/name-claim.ts';
import { releaseName } from '../../../src/commands/names/release-name.ts';
import type { Instant } from '../../../src/core/clock.ts';
import type { UserId } from '../../../src/core/ids.ts';
import type { NameClaimEvent } from '../../../src/events/name-claim.ts';
import { given } from '../given.ts';

const name = nameClaims.username;
const anna = '01890000-0000-7000-8000-00000000000a' as UserId;
const boris = '01890000-0000-7000-8000-00000000000b' as UserId;
const at = '2026-11-21T12:00:00.000Z' as Instant;
const until = '2026-11-21T12:01:00.000Z' as Instant;
const later = '2026-11-21T12:02:00.000Z' as Instant;

const claimed = (holder: UserId, claim: string): NameClaimEvent => ({
  type: 'NameClaimed',
  v: 1,
  holder,
  claim,
  until,
  at,
});
const confirmed = (holder: UserId, claim: string): NameClaimEvent => ({
  type: 'NameConfirmed',
  v: 1,
  holder,
  claim,
  at,
});
const released = (holder: UserId, claim: string): NameClaimEvent => ({
  type: 'NameReleased',
  v: 1,
  holder,
  claim,
  at,
});

describe('Claiming a name', () => {
  const claim =
    (holder: UserId, id: string, more: Partial<ClaimName> = {}) =>
    (state: NameClaim) =>
      claimName(state, { holder, claim: id, until, at, ...more });

  it('takes a free one', () => {
    given(name).when(claim(anna, 'a1')).then(claimed(anna, 'a1'));
  });

  it('takes one that was given back', () => {
    given(name, claimed(boris, 'b1'), confirmed(boris, 'b1'), released(boris, 'b1'))
      .when(claim(anna, 'a1'))
      .then(claimed(anna, 'a1'));
  });

  it('is extended by a repeat', () => {
    given(name, claimed(anna, 'a1')).when(claim(anna, 'a1')).then(claimed(anna, 'a1'));
  });

  it('joins the holder’s own claim while that lasts', () => {
    given(name, claimed(anna, 'a1')).when(claim(anna, 'a2')).then();
    given(name, claimed(anna, 'a1'))
      .when(claim(anna, 'a2', { at: later }))
      .refuses('name_held');
  });

  it('is refused where somebody holds it, lapsed or not', () => {
    given(name, claimed(boris, 'b1')).when(claim(anna, 'a1')).refuses('name_held');
    given(name, claimed(boris, 'b1'))
      .when(claim(anna, 'a1', { at: later }))
      .refuses('name_held');
    given(name, claimed(boris, 'b1'), confirmed(boris, 'b1')).when(claim(anna, 'a1')).refuses('name_held');
  });

  it('replaces the very hold that was found empty, and no other', () => {
    const found = { is: 'claimed', holder: boris, claim: 'b1', until } as const;
    given(name, claimed(boris, 'b1'))
      .when(claim(anna, 'a1', { replacing: found }))
      .then(claimed(anna, 'a1'));
    given(name, claimed(boris, 'b2'))
      .when(claim(anna, 'a1', { replacing: found }))
      .refuses('name_held');
    given(name, claimed(boris, 'b1'), confirmed(boris, 'b1'))
      .when(claim(anna, 'a1', { replacing: found }))
      .refuses('name_held');
  });
});

describe('Settling a claim', () => {
  const confirm = (state: NameClaim) => confirmName(state, { holder: anna, claim: 'a1', at });
  const release = (state: NameClaim) => releaseName(state, { holder: anna, claim: 'a1', at });

  it('confirms it once', () => {
    given(name, claimed(anna, 'a1')).when(confirm).then(confirmed(anna, 'a1'));
    given(name, claimed(anna, 'a1'), confirmed(anna, 'a1')).when(confirm).then();
  });

  it('confirms nothing that was replaced or given back', () => {
    given(name, claimed(boris, 'b1')).when(confirm).then();
    given(name).when(confirm).then();
  });

  it('gives back what was confirmed, or only claimed', () => {
    given(name, claimed(anna, 'a1'), confirmed(anna, 'a1')).when(release).then(released(anna, 'a1'));
    given(name, claimed(anna, 'a1')).when(release).then(released(anna, 'a1'));
  });

  it('gives back no newer hold, not even the holder’s own', () => {
    given(name, claimed(anna, 'a2'), confirmed(anna, 'a2')).when(release).then();
    given(name).when(release).then();
  });
});
