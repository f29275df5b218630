import type { Instant } from '../../core/clock.ts';
import type { CommentId, UserId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { CommentEvent } from '../../events/comment.ts';
import type { Comment, CommentedPost } from './comment.ts';

export interface CreateComment {
  readonly commentId: CommentId;
  readonly by: UserId;
  readonly content: string;
  readonly at: Instant;
  /** `undefined` when there is none to be seen. */
  readonly post: CommentedPost | undefined;
  /** The comment that is answered; `undefined` when it is the post itself. */
  readonly parent: Comment | undefined;
}

/**
 * Post and parent are as their streams were just before: a comment that is written in the very moment its post is
 * deleted may still be appended, and stays hidden with the post.
 */
export const createComment = (
  state: Comment,
  { commentId, by, content, at, post, parent }: CreateComment,
): Result<CommentEvent[], 'id_taken' | 'post_not_found' | 'parent_comment_unknown'> => {
  if (state.is !== 'absent') return refuse('id_taken');
  if (post === undefined) return refuse('post_not_found');
  if (parent !== undefined && (parent.is !== 'live' || parent.postId !== post.postId)) {
    return refuse('parent_comment_unknown');
  }
  return ok([
    {
      type: 'CommentCreated',
      v: 1,
      commentId,
      postId: post.postId,
      postAuthorId: post.authorId,
      parentId: parent?.commentId ?? null,
      parentAuthorId: parent?.authorId ?? null,
      authorId: by,
      depth: parent === undefined ? 0 : parent.depth + 1,
      content,
      at,
    },
  ]);
};
