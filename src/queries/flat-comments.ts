import type { CursorRefusal } from '../core/cursor.ts';
import type { PostId, UserId } from '../core/ids.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import { canSee } from './can-see.ts';
import { commentJson } from './comment-json.ts';
import { uncutReplies } from './comment-branch.ts';
import type { CommentModels } from './comment.ts';
import { findOwnLikes } from './own-likes.ts';
import { pageJson, readPage, type PageJson, type PageRequest } from './page.ts';
import { findPeople } from './people.ts';
import { findPost } from './post.ts';

/** Every comment of a post in the order they were written, whatever it answers. */
export const flatComments = async (
  models: CommentModels,
  logId: string,
  viewer: UserId | undefined,
  postId: PostId,
  page: PageRequest,
): Promise<Result<PageJson, CursorRefusal | 'post_not_found'>> => {
  if ((await findPost(models, viewer, postId)) === undefined) return refuse('post_not_found');
  const found = await readPage(
    logId,
    {
      model: models.comments,
      index: 'flat',
      equals: [postId],
      direction: 'ascending',
      placeOf: ({ listed }) => listed,
      name: `comments:flat:${postId}`,
    },
    page,
  );
  if (!found.ok) return found;
  const { documents, next } = found.value;
  const people = await findPeople(
    models,
    documents.map(({ value }) => value.authorId),
  );
  const seen = documents.filter(({ value }) => canSee(viewer, value.authorId, people.get(value.authorId)));
  const liked = await findOwnLikes(
    models,
    viewer,
    seen.map(({ id }) => id),
  );
  const items = seen.map(({ id, value }) =>
    commentJson(id, value, {
      author: people.get(value.authorId),
      isLiked: liked.has(id),
      replies: uncutReplies(logId, id, value),
    }),
  );
  return ok({ json: pageJson(items, next), next });
};
