import { Type } from '@sinclair/typebox';
import type { PostId, UserId } from '../core/ids.ts';
import { defineEvent, IdField, InstantField, Nullable, PersonalField, type EventOf } from './event-schema.ts';

/** What the author wrote; an omitted field is `null`. The texts are the author's, tagged people are bare ids. */
const written = {
  title: PersonalField(Nullable(Type.String())),
  content: PersonalField(Nullable(Type.String())),
  description: PersonalField(Nullable(Type.String())),
  place: PersonalField(Nullable(Type.String())),
  taggedUsers: Type.Array(IdField<UserId>()),
};

const about = { postId: IdField<PostId>(), authorId: IdField<UserId>(), at: InstantField() };

const PostCreated = defineEvent('PostCreated', 1, { ...about, ...written }, 'authorId');

/** Its position is the post's place in every list and feed. */
const PostPublished = defineEvent('PostPublished', 1, about);

/** Carries everything as it is after the edit. */
const PostEdited = defineEvent('PostEdited', 1, { ...about, ...written }, 'authorId');

/** Hides the post; `by` may bring it back until `restoreUntil`. */
const PostRemoved = defineEvent('PostRemoved', 1, {
  ...about,
  by: IdField<UserId>(),
  restoreUntil: InstantField(),
  /** Whether others could see it, for those who count. */
  wasPublished: Type.Boolean(),
});

const PostRestored = defineEvent('PostRestored', 1, {
  ...about,
  by: IdField<UserId>(),
  wasPublished: Type.Boolean(),
});

export const postEvents = [PostCreated, PostPublished, PostEdited, PostRemoved, PostRestored] as const;

/** Everything that can happen to one post. Stream: `post-<postId>`. */
export type PostEvent = EventOf<(typeof postEvents)[number]>;
export type PostCreated = EventOf<typeof PostCreated>;
export type PostPublished = EventOf<typeof PostPublished>;
export type PostRemoved = EventOf<typeof PostRemoved>;
export type PostRestored = EventOf<typeof PostRestored>;
