import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { PostEvent } from '../../events/post.ts';
import type { Post } from './post.ts';

export interface RestorePost {
  readonly by: UserId;
  readonly at: Instant;
}

/** Only whoever deleted it learns that there is something to bring back; to others it is gone. */
export const restorePost = (
  state: Post,
  { by, at }: RestorePost,
): Result<PostEvent[], 'post_not_found' | 'not_the_author' | 'not_deleted' | 'restore_too_late'> => {
  switch (state.is) {
    case 'absent':
      return refuse('post_not_found');
    case 'unpublished':
      return refuse(by === state.authorId ? 'not_deleted' : 'post_not_found');
    case 'published':
      return refuse(by === state.authorId ? 'not_deleted' : 'not_the_author');
    case 'removed': {
      if (by !== state.by) return refuse('post_not_found');
      if (at >= state.restoreUntil) return refuse('restore_too_late');
      const { postId, authorId } = state;
      const wasPublished = state.was === 'published';
      return ok([{ type: 'PostRestored', v: 1, postId, authorId, by, wasPublished, at }]);
    }
  }
};
