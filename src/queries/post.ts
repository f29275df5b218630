import type { PostId, UserId } from '../core/ids.ts';
import type { Recorded } from '../events/codec.ts';
import type { StoredDocument } from '../ports/read-store.ts';
import type { PostDocument } from '../projections/posts.ts';
import type { ReadModel } from '../projections/read-model.ts';
import { canSee } from './can-see.ts';
import { findOwnLikes, type LikeModels } from './own-likes.ts';
import { findPeople, type PeopleModels } from './people.ts';
import { namedIn, postJson, postPart } from './post-json.ts';

export interface PostModels extends PeopleModels, LikeModels {
  readonly posts: ReadModel<PostDocument>;
}

export interface OnePost {
  readonly json: string;
  readonly revision: number;
}

const isThere = ({ listed, removed, authorId }: PostDocument, viewer: UserId | undefined): boolean =>
  listed !== undefined || (!removed && viewer === authorId);

/** The post when the viewer may see it: hidden, foreign unpublished and missing ones look the same. */
export const findPost = async (
  models: Pick<PostModels, 'posts' | 'users'>,
  viewer: UserId | undefined,
  id: PostId,
): Promise<StoredDocument<PostDocument> | undefined> => {
  const found = await models.posts.get(id);
  if (found === undefined || !isThere(found.value, viewer)) return undefined;
  const { authorId } = found.value;
  const person = (await models.users.get(authorId))?.value;
  return canSee(viewer, authorId, person) ? found : undefined;
};

/** @param written events of the viewer's own command, which the answer must show. */
export const readPost = async (
  models: PostModels,
  viewer: UserId | undefined,
  id: PostId,
  written?: readonly Recorded[],
): Promise<OnePost | undefined> => {
  const found = await models.posts.get(id, written);
  if (found === undefined || !isThere(found.value, viewer)) return undefined;
  const post = found.value;
  const people = await findPeople(models, namedIn([post]));
  if (!canSee(viewer, post.authorId, people.get(post.authorId))) return undefined;
  const liked = await findOwnLikes(models, viewer, [id]);
  return { json: postJson(postPart(id, post), people, liked.has(id)), revision: post.revision };
};
