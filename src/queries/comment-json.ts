import type { CommentDocument } from '../projections/comments.ts';
import { personJson, type Person } from './people.ts';

export interface CommentView {
  readonly author: Person | undefined;
  readonly isLiked: boolean;
  /** `{"items":[…],"next_cursor":…}` of what is below. */
  readonly replies: string;
}

/** A deleted comment is an empty node: it shows where the replies hang and nothing of what was there. */
export const commentJson = (
  id: string,
  comment: CommentDocument,
  { author, isLiked, replies }: CommentView,
): string => {
  const { postId, parentId, removed } = comment;
  return (
    `{"id":"${id}","post_id":"${postId}","parent_id":${parentId === null ? 'null' : `"${parentId}"`},` +
    `"author":${removed ? 'null' : personJson(comment.authorId, author)},` +
    `"content":${removed ? 'null' : comment.text},` +
    `"created_at":"${comment.createdAt}","updated_at":"${comment.updatedAt}",` +
    `"likes_count":${comment.likes},"is_liked":${isLiked},"is_deleted":${removed},` +
    `"depth":${comment.depth},"replies_count":${comment.replies},"replies":${replies}}`
  );
};
