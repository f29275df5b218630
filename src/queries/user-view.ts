import { millisOf, type Clock, type Instant, type Millis } from '../core/clock.ts';
import type { UserId } from '../core/ids.ts';
import type { StoredDocument } from '../ports/read-store.ts';
import type { UserDocument } from '../projections/users.ts';

/** A user as anybody may see them. */
export interface PublicUser {
  readonly id: string;
  readonly username: string | null;
  readonly is_active: boolean;
  readonly created_at: Instant;
  readonly last_seen: Instant | null;
  readonly is_online: boolean;
  readonly bio: string | null;
  readonly avatar_url: string | null;
  readonly followers_count: number;
  readonly following_count: number;
  readonly posts_count: number;
  /** Only where somebody signed in asks. */
  readonly is_subscribed?: boolean;
  readonly follows_me?: boolean;
}

/** A user as they see themselves. */
export interface OwnUser extends PublicUser {
  readonly email: string | null;
  readonly email_verified: boolean;
  readonly roles: readonly string[];
}

/** When people were last seen, in the order of their ids. */
export type LastSeen = (userIds: readonly UserId[]) => Promise<readonly (Instant | undefined)[]>;

const onlineFor: Millis = 300_000;

export const userView = (
  { id, value }: StoredDocument<UserDocument>,
  viewer: UserId | undefined,
  lastSeen: Instant | undefined,
  clock: Clock,
): PublicUser | OwnUser => {
  const user: PublicUser = {
    id,
    username: value.username,
    is_active: value.isActive,
    created_at: value.createdAt,
    last_seen: lastSeen ?? null,
    is_online: lastSeen !== undefined && millisOf(lastSeen) + onlineFor > clock.now(),
    bio: value.bio,
    avatar_url: null,
    followers_count: value.followersCount,
    following_count: value.followingCount,
    posts_count: value.postsCount,
    ...(viewer === undefined ? {} : { is_subscribed: false, follows_me: false }),
  };
  if (viewer !== id) return user;
  return { ...user, email: value.email, email_verified: value.emailVerified, roles: value.roles };
};
