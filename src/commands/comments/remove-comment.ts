import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { CommentEvent } from '../../events/comment.ts';
import type { Comment } from './comment.ts';

export interface RemoveComment {
  readonly by: UserId;
  readonly at: Instant;
  readonly restoreUntil: Instant;
  /** Under a hidden post nothing is found. */
  readonly postIsPublished: boolean;
}

/** The post's author may delete what others write under it (SPEC 3). */
export const removeComment = (
  state: Comment,
  { by, at, restoreUntil, postIsPublished }: RemoveComment,
): Result<CommentEvent[], 'comment_not_found' | 'not_the_author'> => {
  if (state.is !== 'live' || !postIsPublished) return refuse('comment_not_found');
  if (by !== state.authorId && by !== state.postAuthorId) return refuse('not_the_author');
  const { commentId, postId, parentId, authorId } = state;
  return ok([{ type: 'CommentRemoved', v: 1, commentId, postId, parentId, authorId, by, restoreUntil, at }]);
};
