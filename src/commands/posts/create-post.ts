import type { Instant } from '../../core/clock.ts';
import type { PostId, UserId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { PostEvent } from '../../events/post.ts';
import { isTooLarge, type Post, type Written } from './post.ts';

export interface CreatePost extends Written {
  readonly postId: PostId;
  readonly by: UserId;
  /** Those of the tagged who have no account. */
  readonly unknownUsers: readonly UserId[];
  readonly at: Instant;
}

/** Text is published at once: two events in one append (SPEC 3). */
export const createPost = (
  state: Post,
  { postId, by, unknownUsers, at, ...written }: CreatePost,
): Result<PostEvent[], 'id_taken' | 'post_needs_content' | 'text_too_large' | 'tagged_user_unknown'> => {
  if (state.is !== 'absent') return refuse('id_taken');
  if (written.content === null) return refuse('post_needs_content');
  if (isTooLarge(written)) return refuse('text_too_large');
  if (unknownUsers.length > 0) return refuse('tagged_user_unknown', { user_id: unknownUsers[0]! });
  const { title, content, description, place, taggedUsers } = written;
  const about = { v: 1, postId, authorId: by, at } as const;
  return ok([
    { type: 'PostCreated', ...about, title, content, description, place, taggedUsers: [...taggedUsers] },
    { type: 'PostPublished', ...about },
  ]);
};
