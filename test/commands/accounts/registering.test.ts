import { abandonClaim } from '../../../src/commands/accounts/abandon-claim.ts';
import { account } from '../../../src/commands/accounts/account.ts';
import { changeProfile, type ChangeProfile } from '../../../src/commands/accounts/change-profile.ts';
import { registerAccount, type RegisterAccount } from '../../../src/commands/accounts/register-account.ts';
import type { AccountEvent } from '../../../src/events/account.ts';
import { erased } from '../../../src/events/event-schema.ts';
import { given } from '../given.ts';
import {
  abandoned,
  anna,
  at,
  claimId,
  emailKey,
  nameKey,
  passwordHash,
  registered,
  usernameKey,
} from './history.ts';

describe('Registering an account', () => {
  const username = { name: 'Anna', key: usernameKey, claim: claimId(1) };
  const email = { name: 'anna@example.org', key: emailKey, claim: claimId(2) };
  const command: RegisterAccount = { userId: anna, username, email, login: 'username', passwordHash, at };
  const register =
    (more: Partial<RegisterAccount> = {}) =>
    (state: typeof account.initial) =>
      registerAccount(state, { ...command, ...more });

  it('takes both names', () => {
    given(account).when(register()).then(registered);
  });

  it('works without an e-mail', () => {
    given(account)
      .when(register({ email: null }))
      .then({ ...registered, email: null, emailKey: null, emailClaim: null } as AccountEvent);
  });

  it('comes too late once its claims were taken over', () => {
    given(account, abandoned).when(register()).refuses('registration_lapsed');
  });

  it('happens once', () => {
    given(account, registered).when(register()).refuses('registration_lapsed');
  });
});

describe('Abandoning a claim on a name', () => {
  const claim = claimId(7);
  const key = nameKey('c');
  const abandon =
    (more: { key?: string; claim?: string } = {}) =>
    (state: typeof account.initial) =>
      abandonClaim(state, { userId: anna, key, claim, at, ...more });

  it('shuts an account that was never registered', () => {
    given(account).when(abandon()).then(abandoned);
  });

  it('shuts it once', () => {
    given(account, abandoned).when(abandon()).then();
  });

  it('makes the claim worthless for an account that does not carry the name', () => {
    given(account, registered)
      .when(abandon())
      .then({ type: 'NameClaimAbandoned', v: 1, userId: anna, claim, at });
  });

  it('has nothing to do when the claim is spent', () => {
    given(account, registered)
      .when(abandon({ claim: claimId(1) }))
      .then();
  });

  for (const held of [usernameKey, emailKey]) {
    it('is too late when the account carries the name', () => {
      given(account, registered)
        .when(abandon({ key: held }))
        .refuses('name_held');
    });
  }
});

describe('Changing a profile', () => {
  const renamed: AccountEvent = {
    type: 'UsernameChanged',
    v: 1,
    userId: anna,
    username: 'Anya',
    usernameKey: nameKey('c'),
    usernameClaim: claimId(3),
    at,
  };
  const remailed: AccountEvent = {
    type: 'EmailChanged',
    v: 1,
    userId: anna,
    email: 'anya@example.org',
    emailKey: nameKey('d'),
    emailClaim: claimId(4),
    at,
  };
  const username = { name: 'Anya', key: nameKey('c'), claim: claimId(3) };
  const email = { name: 'anya@example.org', key: nameKey('d'), claim: claimId(4) };
  const lost = (claim: string): AccountEvent => ({
    type: 'NameClaimAbandoned',
    v: 1,
    userId: anna,
    claim,
    at,
  });
  const change = (wish: Omit<ChangeProfile, 'at'>) => (state: typeof account.initial) =>
    changeProfile(state, { ...wish, at });

  it('takes a username', () => {
    given(account, registered).when(change({ username })).then(renamed);
  });

  it('takes an e-mail', () => {
    given(account, registered).when(change({ email })).then(remailed);
  });

  it('takes all at once', () => {
    given(account, registered)
      .when(change({ username, email, bio: 'Climbs.' }))
      .then(renamed, remailed, { type: 'BioChanged', v: 1, userId: anna, bio: 'Climbs.', at });
  });

  it('changes nothing when all is so already', () => {
    given(account, registered, renamed, remailed)
      .when(change({ username, email, bio: null }))
      .then();
  });

  it('takes the same name in another case by the claim that it has', () => {
    given(account, registered)
      .when(change({ username: { name: 'ANNA', key: usernameKey, claim: claimId(1) } }))
      .then({ ...renamed, username: 'ANNA', usernameKey, usernameClaim: claimId(1) });
  });

  it('gets no name by a claim that was taken over', () => {
    given(account, registered, lost(claimId(3)))
      .when(change({ username }))
      .refuses('username_taken');
    given(account, registered, lost(claimId(4)))
      .when(change({ email }))
      .refuses('email_taken');
  });

  it('uses a claim once: after another change it lends nothing', () => {
    const away: AccountEvent = {
      ...renamed,
      username: 'Other',
      usernameKey: nameKey('e'),
      usernameClaim: claimId(5),
    };
    given(account, registered, renamed, away).when(change({ username })).refuses('username_taken');
  });

  it('needs an account', () => {
    given(account)
      .when(change({ bio: 'x' }))
      .refuses('account_not_found');
    given(account, abandoned)
      .when(change({ bio: 'x' }))
      .refuses('account_not_found');
  });

  it('copes with names that were erased', () => {
    given(account, { ...registered, username: erased, email: erased } as AccountEvent)
      .when(change({ username }))
      .then(renamed);
  });
});
