import type { Instant } from '../core/clock.ts';
import type { CommentId, PostId, UserId } from '../core/ids.ts';
import { unreachable } from '../core/result.ts';
import type { CommentEvent } from '../events/comment.ts';
import { orNull } from '../events/event-schema.ts';
import type { Liked, Unliked } from '../events/like.ts';
import { defineProjection } from './projection.ts';

/** One node of a post's comments: it knows its parent and its place, never a path, so that depth costs nothing. */
export interface CommentDocument {
  readonly postId: PostId;
  readonly postAuthorId: UserId;
  readonly parentId: CommentId | null;
  /** What it hangs on: the parent, or the post itself. */
  readonly branch: CommentId | PostId;
  readonly authorId: UserId;
  readonly depth: number;
  /** The text as JSON, made once here instead of at every read. */
  readonly text: string;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** Position of its first event: its place among its siblings. */
  readonly place: bigint;
  /** The same while it is shown: until it is deleted, and then for as long as it ever had a reply. */
  readonly listed?: bigint;
  readonly removed: boolean;
  /** Direct replies that are not deleted. */
  readonly replies: number;
  /** Direct replies that were ever written. */
  readonly repliesEver: number;
  readonly likes: number;
  /** Of the comment's own stream. */
  readonly revision: number;
}

type Handled = CommentEvent | Liked | Unliked;

const relist = ({ listed: _listed, ...comment }: CommentDocument): CommentDocument =>
  comment.removed && comment.repliesEver === 0 ? comment : { ...comment, listed: comment.place };

const created = (
  event: Extract<CommentEvent, { type: 'CommentCreated' }>,
  revision: number,
  place: bigint,
): CommentDocument => ({
  postId: event.postId,
  postAuthorId: event.postAuthorId,
  parentId: event.parentId,
  branch: event.parentId ?? event.postId,
  authorId: event.authorId,
  depth: event.depth,
  text: JSON.stringify(orNull(event.content)),
  createdAt: event.at,
  updatedAt: event.at,
  place,
  listed: place,
  removed: false,
  replies: 0,
  repliesEver: 0,
  likes: 0,
  revision,
});

/** What a reply's event does to the comment that it answers. */
const asParent = (document: CommentDocument, event: CommentEvent): CommentDocument => {
  switch (event.type) {
    case 'CommentCreated':
      return relist({
        ...document,
        replies: document.replies + 1,
        repliesEver: document.repliesEver + 1,
      });
    case 'CommentRestored':
      return { ...document, replies: document.replies + 1 };
    case 'CommentRemoved':
      return { ...document, replies: document.replies - 1 };
    case 'CommentEdited':
      return document;
    default:
      return unreachable(event);
  }
};

export const comments = defineProjection<CommentDocument, Handled>({
  name: 'comments@1',
  indexes: [
    { name: 'branch', fields: ['branch', 'listed'] },
    { name: 'flat', fields: ['postId', 'listed'] },
  ],
  handles: ['CommentCreated', 'CommentEdited', 'CommentRemoved', 'CommentRestored', 'Liked', 'Unliked'],
  personal: true,
  keys: (event) => {
    if (event.type === 'Liked' || event.type === 'Unliked')
      return event.targetKind === 'comment' ? [event.targetId] : [];
    return event.parentId === null || event.type === 'CommentEdited'
      ? [event.commentId]
      : [event.commentId, event.parentId];
  },
  apply: (document, { event, revision, position }, id) => {
    if (event.type === 'CommentCreated' && event.commentId === id) return created(event, revision, position);
    if (document === undefined) throw new Error(`${event.type} of a comment that was never created: ${id}`);
    if (event.type === 'Liked') return { ...document, likes: document.likes + 1 };
    if (event.type === 'Unliked') return { ...document, likes: document.likes - 1 };
    if (event.commentId !== id) return asParent(document, event);
    switch (event.type) {
      case 'CommentEdited':
        return { ...document, text: JSON.stringify(orNull(event.content)), updatedAt: event.at, revision };
      case 'CommentRemoved':
        return relist({ ...document, removed: true, revision });
      case 'CommentRestored':
        return relist({ ...document, removed: false, revision });
      case 'CommentCreated':
        throw new Error(`A comment that was created twice: ${id}`);
      default:
        return unreachable(event);
    }
  },
});
