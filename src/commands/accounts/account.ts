import type { Aggregate } from '../../core/aggregate.ts';
import type { Instant } from '../../core/clock.ts';
import type { SessionId, UserId } from '../../core/ids.ts';
import { unreachable } from '../../core/result.ts';
import type { AccountEvent } from '../../events/account.ts';
import type { Personal } from '../../events/event-schema.ts';

export interface Device {
  readonly userAgent: string;
  readonly address: string;
}

export interface OpenSession {
  readonly id: SessionId;
  /** Revision of the event that opened it. */
  readonly revision: number;
  readonly device: Personal<Device>;
  readonly at: Instant;
}

export interface EndedSession {
  readonly id: SessionId;
  readonly how: 'superseded' | 'signed_out' | 'revoked';
  /** The newer sign-in, where that is why. */
  readonly by?: OpenSession;
}

interface Counted {
  /** Events folded so far minus one: the stream's revision. */
  readonly revision: number;
}

export interface RegisteredAccount extends Counted {
  readonly is: 'registered';
  readonly userId: UserId;
  readonly username: Personal<string>;
  readonly usernameKey: string;
  readonly usernameClaim: string;
  readonly email: Personal<string | null>;
  readonly emailKey: string | null;
  readonly emailClaim: string | null;
  readonly emailVerified: boolean;
  readonly bio: Personal<string | null>;
  readonly passwordHash: Personal<string>;
  readonly disabled: boolean;
  /** Oldest first. */
  readonly sessions: readonly OpenSession[];
  /** The latest that ended, oldest first, as many as a sign-in's message may ever need. */
  readonly ended: readonly EndedSession[];
  /** Claims that were used or abandoned: no further event may rest on them. */
  readonly spentClaims: readonly string[];
}

export type Account =
  (Counted & { readonly is: 'unborn' }) | (Counted & { readonly is: 'abandoned' }) | RegisteredAccount;

const rememberedEnds = 32;

const end = (
  state: RegisteredAccount,
  ids: readonly SessionId[],
  how: EndedSession['how'],
  by?: OpenSession,
): Pick<RegisteredAccount, 'sessions' | 'ended'> => {
  const ending = state.sessions.filter(({ id }) => ids.includes(id));
  return {
    sessions: state.sessions.filter(({ id }) => !ids.includes(id)),
    ended: [
      ...state.ended,
      ...ending.map(({ id }) => ({ id, how, ...(by === undefined ? {} : { by }) })),
    ].slice(-rememberedEnds),
  };
};

const evolveRegistered = (state: RegisteredAccount, event: AccountEvent): RegisteredAccount => {
  switch (event.type) {
    case 'AccountRegistered':
    case 'RegistrationAbandoned':
      return state;
    case 'NameClaimAbandoned':
      return { ...state, spentClaims: [...state.spentClaims, event.claim] };
    case 'UsernameChanged': {
      const { username, usernameKey, usernameClaim } = event;
      const spentClaims = [...state.spentClaims, usernameClaim];
      return { ...state, username, usernameKey, usernameClaim, spentClaims };
    }
    case 'EmailChanged': {
      const { email, emailKey, emailClaim } = event;
      const spentClaims = [...state.spentClaims, emailClaim];
      return { ...state, email, emailKey, emailClaim, emailVerified: false, spentClaims };
    }
    case 'EmailVerified':
      return { ...state, emailVerified: state.emailVerified || event.emailKey === state.emailKey };
    case 'BioChanged':
      return { ...state, bio: event.bio };
    case 'PasswordChanged':
      return { ...state, passwordHash: event.passwordHash, ...end(state, event.ends, 'revoked') };
    case 'SignedIn': {
      const { sessionId: id, device, at } = event;
      const opened = { id, device, at, revision: state.revision };
      const { sessions, ended } = end(state, event.supersedes, 'superseded', opened);
      return { ...state, sessions: [...sessions, opened], ended };
    }
    case 'SignedOut':
      return { ...state, ...end(state, [event.sessionId], 'signed_out') };
    case 'SessionRevoked':
      return { ...state, ...end(state, [event.sessionId], 'revoked') };
    case 'AccountDisabled':
      return { ...state, disabled: true, ...end(state, event.ends, 'revoked') };
    case 'AccountEnabled':
      return { ...state, disabled: false };
    default:
      return unreachable(event);
  }
};

const register = (
  event: Extract<AccountEvent, { type: 'AccountRegistered' }>,
  revision: number,
): RegisteredAccount => ({
  is: 'registered',
  revision,
  userId: event.userId,
  username: event.username,
  usernameKey: event.usernameKey,
  usernameClaim: event.usernameClaim,
  email: event.email,
  emailKey: event.emailKey,
  emailClaim: event.emailClaim,
  emailVerified: false,
  bio: null,
  passwordHash: event.passwordHash,
  disabled: false,
  sessions: [],
  ended: [],
  spentClaims: [event.usernameClaim, ...(event.emailClaim === null ? [] : [event.emailClaim])],
});

export const account: Aggregate<Account, AccountEvent> = {
  kind: 'account',
  initial: { is: 'unborn', revision: -1 },
  evolve: (state, event) => {
    const revision = state.revision + 1;
    if (state.is === 'registered') return evolveRegistered({ ...state, revision }, event);
    if (event.type === 'AccountRegistered') return register(event, revision);
    return { is: event.type === 'RegistrationAbandoned' ? 'abandoned' : state.is, revision };
  },
};

/** Whether the account carries the name whose key this is. */
export const holdsName = (state: Account, key: string): boolean =>
  state.is === 'registered' && (state.usernameKey === key || state.emailKey === key);
