import type { Instant } from '../../../src/core/clock.ts';
import { deriveId, type PostId, type UserId } from '../../../src/core/ids.ts';
import type { PostEvent } from '../../../src/events/post.ts';

export const [anna, boris, vera] = ['anna', 'boris', 'vera'].map((name) => deriveId<UserId>(name)) as [
  UserId,
  UserId,
  UserId,
];
export const postId = deriveId<PostId>('post');

/** The minute of an hour. */
export const minute = (number: number): Instant =>
  `2026-11-21T12:${String(number).padStart(2, '0')}:00.000Z` as Instant;

export const written = {
  title: 'Title',
  content: 'Content',
  description: null,
  place: 'Kazan',
  taggedUsers: [boris],
} as const;

const about = { v: 1, postId, authorId: anna } as const;

export const created = {
  type: 'PostCreated',
  ...about,
  ...written,
  taggedUsers: [boris],
  at: minute(0),
} satisfies PostEvent;

export const published = { type: 'PostPublished', ...about, at: minute(0) } satisfies PostEvent;

export const edited = {
  ...created,
  type: 'PostEdited',
  content: 'Other content',
  at: minute(1),
} satisfies PostEvent;

export const removed = {
  type: 'PostRemoved',
  ...about,
  by: anna,
  restoreUntil: minute(30),
  wasPublished: true,
  at: minute(2),
} satisfies PostEvent;

export const restored = {
  type: 'PostRestored',
  ...about,
  by: anna,
  wasPublished: true,
  at: minute(3),
} satisfies PostEvent;
