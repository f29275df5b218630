import { deriveId, type CommentId } from '../../../src/core/ids.ts';
import type { CommentEvent } from '../../../src/events/comment.ts';
import { anna, boris, minute, postId } from '../posts/examples.ts';

export const commentId = deriveId<CommentId>('comment');
export const replyId = deriveId<CommentId>('reply');

const about = { v: 1, commentId, postId, parentId: null, authorId: boris } as const;

/** Boris comments on Anna's post. */
export const created = {
  type: 'CommentCreated',
  ...about,
  postAuthorId: anna,
  parentAuthorId: null,
  depth: 0,
  content: 'First',
  at: minute(0),
} satisfies CommentEvent;

export const edited = {
  type: 'CommentEdited',
  ...about,
  content: 'First, corrected',
  at: minute(1),
} satisfies CommentEvent;

export const removed = {
  type: 'CommentRemoved',
  ...about,
  by: boris,
  restoreUntil: minute(30),
  at: minute(2),
} satisfies CommentEvent;

export const restored = {
  type: 'CommentRestored',
  ...about,
  by: boris,
  at: minute(3),
} satisfies CommentEvent;
