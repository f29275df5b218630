import type { CursorRefusal } from '../core/cursor.ts';
import type { UserId } from '../core/ids.ts';
import { ok, type Result } from '../core/result.ts';
import { canSee } from './can-see.ts';
import { findOwnLikes } from './own-likes.ts';
import { pageJson, readPage, type PageJson, type PageRequest } from './page.ts';
import { findPeople } from './people.ts';
import { namedIn, postJson, postPart, type PostPart } from './post-json.ts';
import type { PostModels } from './post.ts';

/** The posts as the viewer sees them, in the order given. */
export const postsFor = async (
  models: Pick<PostModels, 'users' | 'likes'>,
  viewer: UserId | undefined,
  parts: readonly PostPart[],
): Promise<readonly string[]> => {
  const people = await findPeople(models, namedIn(parts));
  const seen = parts.filter(({ authorId }) => canSee(viewer, authorId, people.get(authorId)));
  const liked = await findOwnLikes(
    models,
    viewer,
    seen.map(({ id }) => id),
  );
  return seen.map((part) => postJson(part, people, liked.has(part.id)));
};

export interface NewestPosts extends PageRequest {
  readonly author?: UserId;
}

/** Published posts of all, or of one author, the latest published first. */
export const newestPosts = async (
  models: PostModels,
  logId: string,
  viewer: UserId | undefined,
  { author, ...page }: NewestPosts,
): Promise<Result<PageJson, CursorRefusal>> => {
  const found = await readPage(
    logId,
    {
      model: models.posts,
      direction: 'descending',
      placeOf: ({ listed }) => listed,
      ...(author === undefined
        ? { index: 'newest', equals: [], name: 'posts' }
        : { index: 'by-author', equals: [author], name: `posts:${author}` }),
    },
    page,
  );
  if (!found.ok) return found;
  const { documents, next } = found.value;
  const items = await postsFor(
    models,
    viewer,
    documents.map(({ id, value }) => postPart(id, value)),
  );
  return ok({ json: pageJson(items, next), next });
};
