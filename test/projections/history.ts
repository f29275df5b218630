import { createHash } from 'node:crypto';
import {
  deriveId,
  streamName,
  type CommentId,
  type PostId,
  type SessionId,
  type StreamName,
  type UserId,
} from '../../src/core/ids.ts';
import { instant, type Instant } from '../../src/core/clock.ts';
import type { LikeId } from '../../src/events/like.ts';
import type { AnyEvent } from '../../src/events/all.ts';

/** The same numbers for the same seed (mulberry32), between 0 and 1. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
};

export interface Happening {
  readonly stream: StreamName;
  readonly events: readonly AnyEvent[];
}

interface Post {
  readonly postId: PostId;
  readonly authorId: UserId;
  removed: boolean;
}

interface Comment {
  readonly commentId: CommentId;
  readonly postId: PostId;
  readonly parentId: CommentId | null;
  readonly authorId: UserId;
  readonly depth: number;
  removed: boolean;
}

/** An endless plausible history of accounts, posts, comments and likes, the same for the same seed. */
export function* happenings(seed: number, people = 8): Generator<Happening, never> {
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const users = Array.from({ length: people }, (_, index) =>
    deriveId<UserId>('user', String(seed), String(index)),
  );
  const posts: Post[] = [];
  const comments: Comment[] = [];
  const liked = new Map<string, boolean>();
  let step = 0;
  const at = (): Instant => instant(Date.UTC(2026, 0, 1) + step * 1000);
  const until = (): Instant => instant(Date.UTC(2026, 2, 1) + step * 1000);

  const hmac = (of: string): string => createHash('sha256').update(of).digest('hex');
  const claim = (): string => deriveId<UserId>('claim', String(seed), String(step));

  const register = (userId: UserId): Happening => ({
    stream: streamName('account', userId),
    events: [
      {
        type: 'AccountRegistered',
        v: 1,
        userId,
        username: `User ${step}`,
        usernameKey: hmac(userId),
        usernameClaim: claim(),
        email: `user-${step}@example.org`,
        emailKey: hmac(`mail ${userId}`),
        emailClaim: claim(),
        login: 'username',
        passwordHash: 'none',
        at: at(),
      },
    ],
  });

  const changeAccount = (): Happening => {
    const userId = pick(users);
    const about = { v: 1, userId, at: at() } as const;
    const sessionId = deriveId<SessionId>('session', String(seed), String(step));
    const device = { userAgent: 'Test', address: '127.0.0.1' };
    const events: readonly AnyEvent[] = [
      { type: 'BioChanged', ...about, bio: `Bio ${step}` },
      { type: 'SignedIn', ...about, sessionId, how: 'password', supersedes: [], device },
      {
        type: 'UsernameChanged',
        ...about,
        username: `New ${step}`,
        usernameKey: hmac(claim()),
        usernameClaim: claim(),
      },
    ];
    return { stream: streamName('account', userId), events: [pick(events)] };
  };

  const createPost = (): Happening => {
    const post = {
      postId: deriveId<PostId>('post', String(seed), String(step)),
      authorId: pick(users),
      removed: false,
    };
    posts.push(post);
    const about = { postId: post.postId, authorId: post.authorId, at: at() };
    const written = { title: `Title ${step}`, content: `Content ${step}`, description: null, place: null };
    return {
      stream: streamName('post', post.postId),
      events: [
        { type: 'PostCreated', v: 1, ...about, ...written, taggedUsers: [pick(users)] },
        { type: 'PostPublished', v: 1, ...about },
      ],
    };
  };

  const changePost = (): Happening => {
    const post = pick(posts);
    const about = { postId: post.postId, authorId: post.authorId, at: at() };
    const stream = streamName('post', post.postId);
    if (post.removed || random() < 0.3) {
      const type = post.removed ? 'PostRestored' : 'PostRemoved';
      post.removed = !post.removed;
      return type === 'PostRestored'
        ? { stream, events: [{ type, v: 1, ...about, by: post.authorId, wasPublished: true }] }
        : {
            stream,
            events: [{ type, v: 1, ...about, by: post.authorId, wasPublished: true, restoreUntil: until() }],
          };
    }
    const written = { title: null, content: `Edited ${step}`, description: 'Longer', place: 'Here' };
    return { stream, events: [{ type: 'PostEdited', v: 1, ...about, ...written, taggedUsers: [] }] };
  };

  const createComment = (): Happening => {
    const post = pick(posts);
    const parent = random() < 0.6 ? comments.findLast(({ postId }) => postId === post.postId) : undefined;
    const comment: Comment = {
      commentId: deriveId<CommentId>('comment', String(seed), String(step)),
      postId: post.postId,
      parentId: parent?.commentId ?? null,
      authorId: pick(users),
      depth: parent === undefined ? 0 : parent.depth + 1,
      removed: false,
    };
    comments.push(comment);
    const { removed: _removed, ...about } = comment;
    return {
      stream: streamName('comment', comment.commentId),
      events: [
        {
          type: 'CommentCreated',
          v: 1,
          ...about,
          postAuthorId: post.authorId,
          parentAuthorId: parent?.authorId ?? null,
          content: `Comment ${step}`,
          at: at(),
        },
      ],
    };
  };

  const changeComment = (): Happening => {
    const comment = pick(comments);
    const { commentId, postId, parentId, authorId } = comment;
    const about = { commentId, postId, parentId, authorId, at: at() };
    const stream = streamName('comment', commentId);
    if (comment.removed || random() < 0.5) {
      comment.removed = !comment.removed;
      return comment.removed
        ? {
            stream,
            events: [{ type: 'CommentRemoved', v: 1, ...about, by: authorId, restoreUntil: until() }],
          }
        : { stream, events: [{ type: 'CommentRestored', v: 1, ...about, by: authorId }] };
    }
    return { stream, events: [{ type: 'CommentEdited', v: 1, ...about, content: `Edited ${step}` }] };
  };

  const toggleLike = (): Happening => {
    const post = pick(posts);
    const comment = random() < 0.5 ? comments.findLast(({ postId }) => postId === post.postId) : undefined;
    const targetKind = comment === undefined ? 'post' : 'comment';
    const targetId = comment?.commentId ?? post.postId;
    const userId = pick(users);
    const stream = streamName('like', `${targetKind}-${targetId}-${userId}`);
    const on = liked.get(stream) !== true;
    liked.set(stream, on);
    const fields = {
      likeId: deriveId<LikeId>(stream),
      targetKind,
      targetId,
      targetAuthorId: comment?.authorId ?? post.authorId,
      postId: post.postId,
      userId,
      at: at(),
    } as const;
    return { stream, events: [{ type: on ? 'Liked' : 'Unliked', v: 1, ...fields }] };
  };

  for (;;) {
    step += 1;
    const choice = random();
    if (step <= users.length) yield register(users[step - 1]!);
    else if (choice > 0.95) yield changeAccount();
    else if (posts.length === 0 || choice < 0.12) yield createPost();
    else if (choice < 0.2) yield changePost();
    else if (comments.length === 0 || choice < 0.5) yield createComment();
    else if (choice < 0.65) yield changeComment();
    else yield toggleLike();
  }
}
