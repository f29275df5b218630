import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { CommentEvent } from '../../events/comment.ts';
import type { Comment } from './comment.ts';

export interface RestoreComment {
  readonly by: UserId;
  readonly at: Instant;
  /** Under a hidden post nothing is found. */
  readonly postIsPublished: boolean;
}

/** What the post's author deleted, the comment's author cannot bring back, and the other way round. */
export const restoreComment = (
  state: Comment,
  { by, at, postIsPublished }: RestoreComment,
): Result<CommentEvent[], 'comment_not_found' | 'not_the_author' | 'not_deleted' | 'restore_too_late'> => {
  if (state.is === 'absent' || !postIsPublished) return refuse('comment_not_found');
  if (state.is === 'live') {
    return refuse(by === state.authorId || by === state.postAuthorId ? 'not_deleted' : 'not_the_author');
  }
  if (by !== state.by) return refuse('comment_not_found');
  if (at >= state.restoreUntil) return refuse('restore_too_late');
  const { commentId, postId, parentId, authorId } = state;
  return ok([{ type: 'CommentRestored', v: 1, commentId, postId, parentId, authorId, by, at }]);
};
