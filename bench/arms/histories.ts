import { hash } from 'node:crypto';
import { likeFields, likeStreamId } from '../../src/commands/likes/like.ts';
import { instant, type Instant } from '../../src/core/clock.ts';
import {
  deriveId,
  streamName,
  type CommentId,
  type PostId,
  type StreamName,
  type UserId,
} from '../../src/core/ids.ts';
import type { AccountEvent } from '../../src/events/account.ts';
import type { CommentEvent } from '../../src/events/comment.ts';
import type { LikeEvent } from '../../src/events/like.ts';
import type { PostEvent } from '../../src/events/post.ts';
import { commentText, postText } from '../harness/texts.ts';

/** One append of a seeded history: what commands would have written, in their order. */
export interface SeededAppend {
  readonly stream: StreamName;
  /** Of the stream before it; -1 when it begins. */
  readonly revision: number;
  readonly actor: UserId;
  readonly events: readonly (AccountEvent | PostEvent | CommentEvent | LikeEvent)[];
}

/** All ids derive from a name, so that the harness finds what the seed wrote. */
export const seededUser = (index: number): UserId => deriveId<UserId>('bench-user', String(index));
export const seededPost = (name: string): PostId => deriveId<PostId>('bench-post', name);
const seededComment = (name: string): CommentId => deriveId<CommentId>('bench-comment', name);

/** Authors of everything; the names of all others who like are nobody's. */
export const seededUsers = 1_000;

const epoch = Date.UTC(2026, 0, 1);
const at = (index: number): Instant => instant(epoch + index);

const registration = (index: number): SeededAppend => {
  const userId = seededUser(index);
  const username = `seeded-${index}`;
  const event: AccountEvent = {
    type: 'AccountRegistered',
    v: 1,
    userId,
    username,
    usernameKey: hash('sha256', username, 'hex'),
    usernameClaim: deriveId('bench-claim', username),
    email: null,
    emailKey: null,
    emailClaim: null,
    login: 'username',
    passwordHash: 'nobody logs in here',
    at: at(index),
  };
  return { stream: streamName('account', userId), revision: -1, actor: userId, events: [event] };
};

export function* registrations(): Generator<SeededAppend> {
  for (let index = 0; index < seededUsers; index += 1) yield registration(index);
}

const written = { title: null, content: postText, description: null, place: null, taggedUsers: [] };

const publishing = (name: string, author: number): SeededAppend => {
  const postId = seededPost(name);
  const about = { v: 1, postId, authorId: seededUser(author), at: at(author) } as const;
  return {
    stream: streamName('post', postId),
    revision: -1,
    actor: about.authorId,
    events: [
      { type: 'PostCreated', ...about, ...written },
      { type: 'PostPublished', ...about },
    ],
  };
};

interface Target {
  readonly postId: PostId;
  readonly authorId: UserId;
}

const commenting = (name: string, on: Target, author: number, step: number): SeededAppend => {
  const commentId = seededComment(name);
  const about = {
    v: 1,
    commentId,
    postId: on.postId,
    parentId: null,
    authorId: seededUser(author),
    at: at(step),
  } as const;
  const event: CommentEvent =
    step === 0
      ? {
          type: 'CommentCreated',
          ...about,
          postAuthorId: on.authorId,
          parentAuthorId: null,
          depth: 0,
          content: commentText,
        }
      : { type: 'CommentEdited', ...about, content: `${commentText} ${step}` };
  return {
    stream: streamName('comment', commentId),
    revision: step - 1,
    actor: about.authorId,
    events: [event],
  };
};

const liking = (on: Target, user: UserId, step: number): SeededAppend => {
  const target = { kind: 'post', id: on.postId, ...on } as const;
  const event: LikeEvent = {
    type: step % 2 === 0 ? 'Liked' : 'Unliked',
    v: 1,
    ...likeFields(target, user),
    at: at(step),
  };
  return {
    stream: streamName('like', likeStreamId('post', on.postId, user)),
    revision: step - 1,
    actor: user,
    events: [event],
  };
};

const eventsPerStream = 10;

/**
 * `count` events in a tenth as many streams, all growing together: 5 % posts that are edited, 35 % comments that are edited,
 * 60 % likes that are given and taken back.
 */
export function* mixedHistory(count: number): Generator<SeededAppend> {
  const streams = Math.max(20, Math.floor(count / eventsPerStream));
  const posts = Math.ceil(streams * 0.05);
  const comments = Math.ceil(streams * 0.35);
  const likes = streams - posts - comments;
  const target = (index: number): Target => ({
    postId: seededPost(`mixed-${index % posts}`),
    authorId: seededUser((index % posts) % seededUsers),
  });
  for (let index = 0; index < posts; index += 1) yield publishing(`mixed-${index}`, index % seededUsers);
  for (let step = 0; step < eventsPerStream; step += 1) {
    for (let index = 0; index < posts && step >= 2; index += 1) {
      const { postId, authorId } = target(index);
      const event: PostEvent = { type: 'PostEdited', v: 1, postId, authorId, at: at(step), ...written };
      yield { stream: streamName('post', postId), revision: step - 1, actor: authorId, events: [event] };
    }
    for (let index = 0; index < comments; index += 1)
      yield commenting(`mixed-${index}`, target(index), index % seededUsers, step);
    for (let index = 0; index < likes; index += 1)
      yield liking(
        target(index),
        seededUser(Math.floor(index / posts) * seededUsers + (index % seededUsers)),
        step,
      );
  }
}

/** What each post of the wide history is there for. */
export const widePosts = {
  fewComments: 'few-comments',
  manyComments: 'many-comments',
  fewLikes: 'few-likes',
  manyLikes: 'many-likes',
} as const;

export const fewComments = 100;
export const fewLikes = 10;

/** Four posts by one author: 100 comments and `size`, 10 likes and `size`. The newest likes are by people with names. */
export function* wideHistory(size: number): Generator<SeededAppend> {
  for (const name of Object.values(widePosts)) yield publishing(name, 0);
  const on = (name: string): Target => ({ postId: seededPost(name), authorId: seededUser(0) });
  const sizes = [
    [widePosts.fewComments, widePosts.fewLikes, fewComments, fewLikes],
    [widePosts.manyComments, widePosts.manyLikes, size, size],
  ] as const;
  for (const [commented, liked, comments, likes] of sizes) {
    for (let index = 0; index < comments; index += 1)
      yield commenting(`${commented}-${index}`, on(commented), index % seededUsers, 0);
    for (let index = likes - 1; index >= 0; index -= 1) yield liking(on(liked), seededUser(index), 0);
  }
}
