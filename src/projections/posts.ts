import type { Instant } from '../core/clock.ts';
import type { UserId } from '../core/ids.ts';
import { unreachable } from '../core/result.ts';
import type { CommentCreated, CommentRemoved, CommentRestored } from '../events/comment.ts';
import { orNull } from '../events/event-schema.ts';
import type { Liked, Unliked } from '../events/like.ts';
import type { PostEvent } from '../events/post.ts';
import { defineProjection } from './projection.ts';

/** A post with its counters. It goes on folding while it is hidden, so that a restored one is exact. */
export interface PostDocument {
  readonly authorId: UserId;
  readonly taggedUsers: readonly UserId[];
  /** `"title":…,"content":…,"description":…,"place":…` as JSON text, made once here instead of at every read. */
  readonly text: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  readonly publishedAt: Instant | null;
  /** Position of the publishing event: the post's place in every list. */
  readonly published?: bigint;
  /** The same while the post is there to be seen; the indexes hold it by this field. */
  readonly listed?: bigint;
  readonly removed: boolean;
  readonly likes: number;
  readonly comments: number;
  /** Of the post's own stream. */
  readonly revision: number;
}

type Handled = PostEvent | CommentCreated | CommentRemoved | CommentRestored | Liked | Unliked;
type WrittenEvent = Extract<PostEvent, { type: 'PostCreated' | 'PostEdited' }>;

/** Fixed order of fields, so that a rebuilt document is the same to the byte. */
const textOf = ({ title, content, description, place }: WrittenEvent): string =>
  JSON.stringify({
    title: orNull(title),
    content: orNull(content),
    description: orNull(description),
    place: orNull(place),
  }).slice(1, -1);

const relist = ({ listed: _listed, ...post }: PostDocument): PostDocument =>
  post.removed || post.published === undefined ? post : { ...post, listed: post.published };

const created = (event: Extract<PostEvent, { type: 'PostCreated' }>, revision: number): PostDocument => ({
  authorId: event.authorId,
  taggedUsers: event.taggedUsers,
  text: textOf(event),
  createdAt: event.at,
  updatedAt: event.at,
  publishedAt: null,
  removed: false,
  likes: 0,
  comments: 0,
  revision,
});

export const posts = defineProjection<PostDocument, Handled>({
  name: 'posts@1',
  indexes: [
    { name: 'newest', fields: ['listed'] },
    { name: 'by-author', fields: ['authorId', 'listed'] },
    { name: 'top', fields: ['likes', 'listed'] },
  ],
  handles: [
    'PostCreated',
    'PostPublished',
    'PostEdited',
    'PostRemoved',
    'PostRestored',
    'CommentCreated',
    'CommentRemoved',
    'CommentRestored',
    'Liked',
    'Unliked',
  ],
  personal: true,
  versionCounter: 'version:posts',
  keys: (event) =>
    (event.type === 'Liked' || event.type === 'Unliked') && event.targetKind !== 'post' ? [] : [event.postId],
  apply: (document, { event, revision, position }, id) => {
    if (event.type === 'PostCreated') return created(event, revision);
    if (document === undefined) throw new Error(`${event.type} of a post that was never created: ${id}`);
    switch (event.type) {
      case 'PostPublished':
        return relist({ ...document, publishedAt: event.at, published: position, revision });
      case 'PostEdited':
        return {
          ...document,
          taggedUsers: event.taggedUsers,
          text: textOf(event),
          updatedAt: event.at,
          revision,
        };
      case 'PostRemoved':
        return relist({ ...document, removed: true, revision });
      case 'PostRestored':
        return relist({ ...document, removed: false, revision });
      case 'CommentCreated':
      case 'CommentRestored':
        return { ...document, comments: document.comments + 1 };
      case 'CommentRemoved':
        return { ...document, comments: document.comments - 1 };
      case 'Liked':
        return { ...document, likes: document.likes + 1 };
      case 'Unliked':
        return { ...document, likes: document.likes - 1 };
      default:
        return unreachable(event);
    }
  },
});
