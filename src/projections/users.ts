import type { Instant } from '../core/clock.ts';
import type { AccountEvent } from '../events/account.ts';
import { orNull, type Personal } from '../events/event-schema.ts';
import { defineProjection } from './projection.ts';

/** One person, as others and they themselves see them. Document id: the user's id. */
export interface UserDocument {
  /** `null` only once erased. */
  readonly username: string | null;
  /** For search by prefix; absent once erased. */
  readonly usernameLower?: string;
  readonly email: string | null;
  readonly emailVerified: boolean;
  readonly isActive: boolean;
  readonly roles: readonly string[];
  readonly createdAt: Instant;
  readonly bio: string | null;
  readonly postsCount: number;
  readonly followersCount: number;
  readonly followingCount: number;
  /** Of the account's stream. */
  readonly revision: number;
}

const named = (name: Personal<string>): Pick<UserDocument, 'username' | 'usernameLower'> => {
  const username = orNull(name);
  return username === null ? { username } : { username, usernameLower: username.toLowerCase() };
};

const blank = (createdAt: Instant): UserDocument => ({
  username: null,
  email: null,
  emailVerified: false,
  isActive: true,
  roles: [],
  createdAt,
  bio: null,
  postsCount: 0,
  followersCount: 0,
  followingCount: 0,
  revision: -1,
});

const applied = (before: UserDocument, event: AccountEvent): UserDocument => {
  switch (event.type) {
    case 'AccountRegistered':
      return { ...before, ...named(event.username), email: orNull(event.email), createdAt: event.at };
    case 'UsernameChanged': {
      const { usernameLower: _old, ...rest } = before;
      return { ...rest, ...named(event.username) };
    }
    case 'EmailChanged':
      return { ...before, email: orNull(event.email), emailVerified: false };
    case 'EmailVerified':
      return { ...before, emailVerified: true };
    case 'BioChanged':
      return { ...before, bio: orNull(event.bio) };
    case 'AccountDisabled':
      return { ...before, isActive: false };
    case 'AccountEnabled':
      return { ...before, isActive: true };
    case 'RegistrationAbandoned':
    case 'NameClaimAbandoned':
    case 'PasswordChanged':
    case 'SignedIn':
    case 'SignedOut':
    case 'SessionRevoked':
      return before;
  }
};

/** Every event of an account counts, as the revision of its stream makes the ETag. */
export const users = defineProjection<UserDocument, AccountEvent>({
  name: 'users@1',
  indexes: [{ name: 'by-username', fields: ['usernameLower'] }],
  handles: [
    'AccountRegistered',
    'NameClaimAbandoned',
    'UsernameChanged',
    'EmailChanged',
    'EmailVerified',
    'BioChanged',
    'PasswordChanged',
    'SignedIn',
    'SignedOut',
    'SessionRevoked',
    'AccountDisabled',
    'AccountEnabled',
  ],
  personal: true,
  keys: ({ userId }) => [userId],
  apply: (document, { event, revision }) => ({
    ...applied(document ?? blank(event.at), event),
    revision,
  }),
});
