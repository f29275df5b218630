import type { CursorRefusal } from '../core/cursor.ts';
import type { CommentId, PostId, UserId } from '../core/ids.ts';
import { ok, type Result } from '../core/result.ts';
import { canSee } from './can-see.ts';
import type { LikeModels } from './own-likes.ts';
import { pageJson, readPage, type PageJson, type PageRequest } from './page.ts';
import { findPeople, personJson, type PeopleModels } from './people.ts';

/** Whose likes: of a post, or of a comment below it. */
export interface LikersOf extends PageRequest {
  readonly kind: 'post' | 'comment';
  readonly id: PostId | CommentId;
}

/** Who likes a thing, the latest like first. Whether the viewer may see the thing was asked before. */
export const likers = async (
  models: LikeModels & PeopleModels,
  logId: string,
  viewer: UserId | undefined,
  { kind, id: target, ...page }: LikersOf,
): Promise<Result<PageJson, CursorRefusal>> => {
  const found = await readPage(
    logId,
    {
      model: models.likes,
      index: 'by-target',
      equals: [target],
      direction: 'descending',
      placeOf: ({ liked }) => liked,
      name: `likes:${target}`,
    },
    page,
  );
  if (!found.ok) return found;
  const { documents, next } = found.value;
  const likes = documents.map(({ value }) => value);
  const people = await findPeople(
    models,
    likes.map(({ userId }) => userId),
  );
  const comment = kind === 'comment' ? `,"comment":"${target}"` : '';
  const items = likes
    .filter(({ userId }) => canSee(viewer, userId, people.get(userId)))
    .map(
      ({ likeId, userId, postId, createdAt }) =>
        `{"id":"${likeId}","user":${personJson(userId, people.get(userId))},"post":"${postId}"${comment},"created_at":"${createdAt}"}`,
    );
  return ok({ json: pageJson(items, next), next });
};
