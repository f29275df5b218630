import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { CommentEvent } from '../../events/comment.ts';
import type { Comment } from './comment.ts';

export interface EditComment {
  readonly by: UserId;
  readonly content: string;
  readonly at: Instant;
  /** Under a hidden post nothing is found. */
  readonly postIsPublished: boolean;
}

export const editComment = (
  state: Comment,
  { by, content, at, postIsPublished }: EditComment,
): Result<CommentEvent[], 'comment_not_found' | 'not_the_author'> => {
  if (state.is !== 'live' || !postIsPublished) return refuse('comment_not_found');
  if (by !== state.authorId) return refuse('not_the_author');
  if (content === state.content) return ok([]);
  const { commentId, postId, parentId, authorId } = state;
  return ok([{ type: 'CommentEdited', v: 1, commentId, postId, parentId, authorId, content, at }]);
};
