import type { Instant } from '../core/clock.ts';
import type { AccountEvent } from '../events/account.ts';
import { orNull, type Personal } from '../events/event-schema.ts';
import type { PostPublished, PostRemoved, PostRestored } from '../events/post.ts';
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
  /** Published posts that are not deleted. */
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

type PostCounted = PostPublished | PostRemoved | PostRestored;

const isAboutPosts = (event: AccountEvent | PostCounted): event is PostCounted =>
  event.type === 'PostPublished' || event.type === 'PostRemoved' || event.type === 'PostRestored';

/** How many posts more there are to be seen of their author. */
const postsMore = (event: PostCounted): number => {
  switch (event.type) {
    case 'PostPublished':
      return 1;
    case 'PostRemoved':
      return event.wasPublished ? -1 : 0;
    case 'PostRestored':
      return event.wasPublished ? 1 : 0;
  }
};

/** Every event of an account counts, as the revision of its stream makes the ETag. */
export const users = defineProjection<UserDocument, AccountEvent | PostCounted>({
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
    'PostPublished',
    'PostRemoved',
    'PostRestored',
  ],
  personal: true,
  keys: (event) => [isAboutPosts(event) ? event.authorId : event.userId],
  apply: (document, { event, revision }) => {
    const before = document ?? blank(event.at);
    return isAboutPosts(event)
      ? { ...before, postsCount: before.postsCount + postsMore(event) }
      : { ...applied(before, event), revision };
  },
});
