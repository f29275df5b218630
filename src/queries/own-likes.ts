import type { UserId } from '../core/ids.ts';
import { likeKey } from '../core/like-key.ts';
import type { LikeDocument } from '../projections/likes.ts';
import type { ReadModel } from '../projections/read-model.ts';

export interface LikeModels {
  readonly likes: ReadModel<LikeDocument>;
}

const nothing: ReadonlySet<string> = new Set();

/** Which of the targets the viewer likes: one read by id each, never a look through the likes of a target. */
export const findOwnLikes = async (
  models: LikeModels,
  viewer: UserId | undefined,
  targets: readonly string[],
): Promise<ReadonlySet<string>> => {
  if (viewer === undefined || targets.length === 0) return nothing;
  const found = await models.likes.getMany(targets.map((target) => likeKey(target, viewer)));
  return new Set(targets.filter((_, index) => found[index]?.value.liked !== undefined));
};
