import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { PostEvent } from '../../events/post.ts';
import type { Post } from './post.ts';

export interface RemovePost {
  readonly by: UserId;
  readonly at: Instant;
  readonly restoreUntil: Instant;
}

export const removePost = (
  state: Post,
  { by, at, restoreUntil }: RemovePost,
): Result<PostEvent[], 'post_not_found' | 'not_the_author'> => {
  if (state.is === 'absent' || state.is === 'removed') return refuse('post_not_found');
  if (by !== state.authorId) {
    return refuse(state.is === 'published' ? 'not_the_author' : 'post_not_found');
  }
  const { postId, authorId } = state;
  const wasPublished = state.is === 'published';
  return ok([{ type: 'PostRemoved', v: 1, postId, authorId, by, restoreUntil, wasPublished, at }]);
};
