import type { CommentId, UserId } from '../core/ids.ts';
import type { Recorded } from '../events/codec.ts';
import type { CommentDocument } from '../projections/comments.ts';
import type { ReadModel } from '../projections/read-model.ts';
import { canSee } from './can-see.ts';
import { uncutReplies } from './comment-branch.ts';
import { commentJson } from './comment-json.ts';
import { findOwnLikes } from './own-likes.ts';
import { findPeople } from './people.ts';
import { findPost, type PostModels } from './post.ts';

export interface CommentModels extends PostModels {
  readonly comments: ReadModel<CommentDocument>;
}

export interface OneComment {
  readonly json: string;
  readonly revision: number;
}

/** @param written events of the viewer's own command, which the answer must show. */
export const readComment = async (
  models: CommentModels,
  logId: string,
  viewer: UserId | undefined,
  id: CommentId,
  written?: readonly Recorded[],
): Promise<OneComment | undefined> => {
  const found = await models.comments.get(id, written);
  if (found?.value.listed === undefined) return undefined;
  const comment = found.value;
  if ((await findPost(models, viewer, comment.postId)) === undefined) return undefined;
  const author = (await findPeople(models, [comment.authorId])).get(comment.authorId);
  if (!canSee(viewer, comment.authorId, author)) return undefined;
  const isLiked = (await findOwnLikes(models, viewer, [id])).has(id);
  const replies = uncutReplies(logId, id, comment);
  return { json: commentJson(id, comment, { author, isLiked, replies }), revision: comment.revision };
};
