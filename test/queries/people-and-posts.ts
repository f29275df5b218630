import { instant } from '../../src/core/clock.ts';
import { deriveId, type CommentId, type PostId, type UserId } from '../../src/core/ids.ts';
import type { AccountEvent } from '../../src/events/account.ts';
import type { CommentEvent } from '../../src/events/comment.ts';
import { erased } from '../../src/events/event-schema.ts';
import type { LikeEvent, LikeId } from '../../src/events/like.ts';
import type { PostEvent } from '../../src/events/post.ts';

const noon = Date.UTC(2026, 10, 21, 12);
const at = instant(noon);
const restoreUntil = instant(noon + 3_600_000);
const noKey = '0'.repeat(64);

/** The events of a small world, made from names; the same name is the same thing. */
export const userId = (name: string): UserId => deriveId('user', name);
export const postId = (name: string): PostId => deriveId('post', name);
export const commentId = (name: string): CommentId => deriveId('comment', name);

export const registered = (name: string): AccountEvent => ({
  type: 'AccountRegistered',
  v: 1,
  userId: userId(name),
  username: name,
  usernameKey: noKey,
  usernameClaim: deriveId('claim', name),
  email: null,
  emailKey: null,
  emailClaim: null,
  login: 'username',
  passwordHash: 'none',
  at,
});

export const erasedAccount = (name: string): AccountEvent => ({
  ...(registered(name) as Extract<AccountEvent, { type: 'AccountRegistered' }>),
  username: erased,
});

export const disabled = (name: string): AccountEvent => ({
  type: 'AccountDisabled',
  v: 1,
  userId: userId(name),
  ends: [],
  at,
});

export const posted = (name: string, by: string, tagged: readonly string[] = []): readonly PostEvent[] => {
  const about = { v: 1, postId: postId(name), authorId: userId(by), at } as const;
  const written = { title: null, content: `About ${name}`, description: null, place: null };
  return [
    { type: 'PostCreated', ...about, ...written, taggedUsers: tagged.map(userId) },
    { type: 'PostPublished', ...about },
  ];
};

export const postRemoved = (name: string, by: string): PostEvent => ({
  type: 'PostRemoved',
  v: 1,
  postId: postId(name),
  authorId: userId(by),
  by: userId(by),
  restoreUntil,
  wasPublished: true,
  at,
});

export interface Place {
  readonly post: string;
  readonly by: string;
  readonly parent?: string | undefined;
  readonly depth?: number;
}

const placeOf = (name: string, { post, by, parent }: Place) => ({
  v: 1 as const,
  commentId: commentId(name),
  postId: postId(post),
  parentId: parent === undefined ? null : commentId(parent),
  authorId: userId(by),
  at,
});

export const commented = (name: string, place: Place): CommentEvent => ({
  type: 'CommentCreated',
  ...placeOf(name, place),
  postAuthorId: userId('anna'),
  parentAuthorId: place.parent === undefined ? null : userId('anna'),
  depth: place.depth ?? 0,
  content: name,
});

export const commentRemoved = (name: string, place: Place): CommentEvent => ({
  type: 'CommentRemoved',
  ...placeOf(name, place),
  by: userId(place.by),
  restoreUntil,
});

export const commentRestored = (name: string, place: Place): CommentEvent => ({
  type: 'CommentRestored',
  ...placeOf(name, place),
  by: userId(place.by),
});

export const liked = (kind: 'post' | 'comment', name: string, by: string, of = name): LikeEvent => ({
  type: 'Liked',
  v: 1,
  likeId: deriveId<LikeId>('like', kind, name, by),
  targetKind: kind,
  targetId: kind === 'post' ? postId(name) : commentId(name),
  targetAuthorId: userId('anna'),
  postId: postId(of),
  userId: userId(by),
  at,
});
