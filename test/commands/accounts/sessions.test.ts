import { account, type Account } from '../../../src/commands/accounts/account.ts';
import { changePassword, type ChangePassword } from '../../../src/commands/accounts/change-password.ts';
import { disableAccount } from '../../../src/commands/accounts/disable-account.ts';
import { enableAccount } from '../../../src/commands/accounts/enable-account.ts';
import { endSession, type EndSession } from '../../../src/commands/accounts/end-session.ts';
import { signIn, type SignIn } from '../../../src/commands/accounts/sign-in.ts';
import type { AccountEvent } from '../../../src/events/account.ts';
import { given } from '../given.ts';
import {
  abandoned,
  anna,
  at,
  device,
  disabled,
  emailKey,
  nameKey,
  passwordHash,
  registered,
  sessionId,
  signedIn,
} from './history.ts';

const verified: AccountEvent = { type: 'EmailVerified', v: 1, userId: anna, emailKey, at };

describe('Signing in', () => {
  const enter =
    (more: Partial<SignIn> = {}) =>
    (state: Account) =>
      signIn(state, { sessionId: sessionId(9), how: 'password', device, maxSessions: 1, at, ...more });

  it('opens the first session', () => {
    given(account, registered).when(enter()).then(signedIn(9));
  });

  it('supersedes the session before', () => {
    given(account, registered, signedIn(1))
      .when(enter())
      .then(signedIn(9, sessionId(1)));
  });

  it('supersedes only the oldest beyond the limit', () => {
    given(account, registered, signedIn(1), signedIn(2), signedIn(3))
      .when(enter({ maxSessions: 3 }))
      .then(signedIn(9, sessionId(1)));
  });

  it('ends several when the limit was lowered', () => {
    given(account, registered, signedIn(1), signedIn(2), signedIn(3))
      .when(enter({ maxSessions: 2 }))
      .then(signedIn(9, sessionId(1), sessionId(2)));
  });

  it('does not count sessions that are over', () => {
    const out: AccountEvent = { type: 'SignedOut', v: 1, userId: anna, sessionId: sessionId(1), at };
    given(account, registered, signedIn(1), out).when(enter()).then(signedIn(9));
  });

  it('by a code proves the address that the code went to', () => {
    given(account, registered)
      .when(enter({ how: 'code', provenEmailKey: emailKey }))
      .then(verified, { ...signedIn(9), how: 'code' } as AccountEvent);
  });

  it('proves it once, and not the address that came after it', () => {
    const code = { ...signedIn(9), how: 'code' } as AccountEvent;
    given(account, registered, verified)
      .when(enter({ how: 'code', provenEmailKey: emailKey }))
      .then(code);
    given(account, registered)
      .when(enter({ how: 'code', provenEmailKey: nameKey('f') }))
      .then(code);
  });

  it('is refused when the password changed since it was checked', () => {
    given(account, registered)
      .when(enter({ checkedAgainst: passwordHash }))
      .then(signedIn(9));
    given(account, registered)
      .when(enter({ checkedAgainst: 'hash-0' }))
      .refuses('credentials_wrong');
  });

  it('is refused to a disabled account, until it is enabled again', () => {
    given(account, registered, disabled()).when(enter()).refuses('account_disabled');
    given(account, registered, disabled(), { type: 'AccountEnabled', v: 1, userId: anna, at })
      .when(enter())
      .then(signedIn(9));
  });

  it('needs an account', () => {
    given(account).when(enter()).refuses('credentials_wrong');
    given(account, abandoned).when(enter()).refuses('credentials_wrong');
  });
});

describe('Ending a session', () => {
  const end =
    (why: EndSession['why'], number = 1) =>
    (state: Account) =>
      endSession(state, { sessionId: sessionId(number), why, at });

  it('by one of its tokens is a sign-out', () => {
    given(account, registered, signedIn(1))
      .when(end('sign_out'))
      .then({ type: 'SignedOut', v: 1, userId: anna, sessionId: sessionId(1), at });
  });

  for (const why of ['owner', 'reuse'] as const) {
    it(`because of ${why} is a revocation`, () => {
      given(account, registered, signedIn(1))
        .when(end(why))
        .then({ type: 'SessionRevoked', v: 1, userId: anna, sessionId: sessionId(1), why, at });
    });
  }

  it('changes nothing when it is over already', () => {
    given(account, registered, signedIn(1), signedIn(2, sessionId(1)))
      .when(end('owner'))
      .then();
  });

  it('finds only sessions of the account', () => {
    given(account, registered, signedIn(1)).when(end('owner', 5)).refuses('session_not_found');
    given(account).when(end('owner')).refuses('session_not_found');
  });
});

describe('Changing the password', () => {
  const change =
    (more: Partial<ChangePassword> = {}) =>
    (state: Account) =>
      changePassword(state, { passwordHash: 'hash-2', how: 'old_password', at, ...more });
  const changed = (...ends: number[]): AccountEvent => ({
    type: 'PasswordChanged',
    v: 1,
    userId: anna,
    ends: ends.map(sessionId),
    passwordHash: 'hash-2',
    how: 'old_password',
    at,
  });

  it('ends every session', () => {
    given(account, registered, signedIn(1), signedIn(2)).when(change()).then(changed(1, 2));
  });

  it('by a code proves the e-mail', () => {
    given(account, registered)
      .when(change({ how: 'code', provenEmailKey: emailKey }))
      .then(verified, { ...changed(), how: 'code' } as AccountEvent);
  });

  it('is refused when another change came between the check and this one', () => {
    given(account, registered, changed())
      .when(change({ checkedAgainst: passwordHash }))
      .refuses('credentials_wrong');
  });

  it('is refused to a disabled account and to none', () => {
    given(account, registered, disabled()).when(change()).refuses('account_disabled');
    given(account).when(change()).refuses('account_not_found');
  });
});

describe('Disabling an account', () => {
  const disable = (state: Account) => disableAccount(state, { at });
  const enable = (state: Account) => enableAccount(state, { at });

  it('ends its sessions', () => {
    given(account, registered, signedIn(1))
      .when(disable)
      .then(disabled(sessionId(1)));
  });

  it('twice is as good as once', () => {
    given(account, registered, disabled()).when(disable).then();
  });

  it('is undone by enabling', () => {
    given(account, registered, disabled())
      .when(enable)
      .then({ type: 'AccountEnabled', v: 1, userId: anna, at });
    given(account, registered).when(enable).then();
  });

  it('needs an account', () => {
    given(account).when(disable).refuses('account_not_found');
    given(account).when(enable).refuses('account_not_found');
  });
});
