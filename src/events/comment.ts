import { Type } from '@sinclair/typebox';
import type { CommentId, PostId, UserId } from '../core/ids.ts';
import { defineEvent, IdField, InstantField, Nullable, PersonalField, type EventOf } from './event-schema.ts';

/** Every event says where the comment hangs, because the post's and the parent's counters fold it too. */
const about = {
  commentId: IdField<CommentId>(),
  postId: IdField<PostId>(),
  /** `null` for a comment on the post itself. */
  parentId: Nullable(IdField<CommentId>()),
  authorId: IdField<UserId>(),
  at: InstantField(),
};

const CommentCreated = defineEvent(
  'CommentCreated',
  1,
  {
    ...about,
    postAuthorId: IdField<UserId>(),
    parentAuthorId: Nullable(IdField<UserId>()),
    /** 0 for a comment on the post itself, else one more than its parent's. */
    depth: Type.Integer({ minimum: 0 }),
    content: PersonalField(Type.String()),
  },
  'authorId',
);

const CommentEdited = defineEvent(
  'CommentEdited',
  1,
  { ...about, content: PersonalField(Type.String()) },
  'authorId',
);

/** Empties the node; `by` (its author or the post's) may bring it back until `restoreUntil`. */
const CommentRemoved = defineEvent('CommentRemoved', 1, {
  ...about,
  by: IdField<UserId>(),
  restoreUntil: InstantField(),
});

const CommentRestored = defineEvent('CommentRestored', 1, { ...about, by: IdField<UserId>() });

export const commentEvents = [CommentCreated, CommentEdited, CommentRemoved, CommentRestored] as const;

/** Everything that can happen to one comment. Stream: `comment-<commentId>`. */
export type CommentEvent = EventOf<(typeof commentEvents)[number]>;
export type CommentCreated = EventOf<typeof CommentCreated>;
export type CommentRemoved = EventOf<typeof CommentRemoved>;
export type CommentRestored = EventOf<typeof CommentRestored>;
