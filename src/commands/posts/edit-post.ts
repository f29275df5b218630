import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { PostEvent } from '../../events/post.ts';
import { isTooLarge, type Post, type Written } from './post.ts';

export interface EditPost {
  readonly by: UserId;
  /** What is left out stays as it is: PUT gives every field, PATCH some. */
  readonly change: Partial<Written>;
  /** Those of the newly tagged who have no account. */
  readonly unknownUsers: readonly UserId[];
  readonly at: Instant;
}

export const editPost = (
  state: Post,
  { by, change, unknownUsers, at }: EditPost,
): Result<
  PostEvent[],
  'post_not_found' | 'not_the_author' | 'post_needs_content' | 'text_too_large' | 'tagged_user_unknown'
> => {
  if (state.is === 'absent' || state.is === 'removed') return refuse('post_not_found');
  if (by !== state.authorId) {
    return refuse(state.is === 'published' ? 'not_the_author' : 'post_not_found');
  }
  const next = { ...state.written, ...change };
  if (next.content === null) return refuse('post_needs_content');
  if (isTooLarge(next)) return refuse('text_too_large');
  if (unknownUsers.length > 0) return refuse('tagged_user_unknown', { user_id: unknownUsers[0]! });
  if (same(state.written, next)) return ok([]);
  const { postId, authorId } = state;
  const { title, content, description, place, taggedUsers } = next;
  return ok([
    {
      type: 'PostEdited',
      v: 1,
      postId,
      authorId,
      title,
      content,
      description,
      place,
      taggedUsers: [...taggedUsers],
      at,
    },
  ]);
};

const same = (a: Written, b: Written): boolean =>
  a.title === b.title &&
  a.content === b.content &&
  a.description === b.description &&
  a.place === b.place &&
  a.taggedUsers.length === b.taggedUsers.length &&
  a.taggedUsers.every((user, index) => user === b.taggedUsers[index]);
