import type { CursorRefusal } from '../core/cursor.ts';
import type { CommentId, PostId, UserId } from '../core/ids.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import type { CommentDocument } from '../projections/comments.ts';
import type { StoredDocument } from '../ports/read-store.ts';
import { canSee } from './can-see.ts';
import { branchListing, uncutReplies } from './comment-branch.ts';
import { commentJson } from './comment-json.ts';
import type { CommentModels } from './comment.ts';
import { findOwnLikes } from './own-likes.ts';
import { pageJson, readPage, type FoundPage, type PageJson, type PageRequest } from './page.ts';
import { findPeople, type People } from './people.ts';
import { findPost } from './post.ts';

/** Nodes of one answer, all levels together; where it is used up, cursors lead on. */
const mostNodes = 1_000;

export interface CommentTree extends PageRequest {
  readonly parent?: CommentId;
  /** Levels below `parent`, 1–20. */
  readonly depth: number;
}

interface Node {
  readonly comment: StoredDocument<CommentDocument>;
  /** Index of the node it answers; -1 for those of the first level. */
  readonly parent: number;
  /** What was read of its replies; `undefined` where the answer is cut. */
  replies: FoundPage<CommentDocument> | undefined;
}

const nodesOf = (page: FoundPage<CommentDocument>, parent: number): Node[] =>
  page.documents.map((comment) => ({ comment, parent, replies: undefined }));

/** Level by level, so that a page that is cut for its size is cut below, not in the middle of a thread. */
const readLevels = async (
  models: CommentModels,
  logId: string,
  first: FoundPage<CommentDocument>,
  { depth, limit }: CommentTree,
): Promise<Node[]> => {
  const nodes = nodesOf(first, -1);
  let [begin, end] = [0, nodes.length];
  for (let level = 1; level < depth && begin < end; level += 1) {
    let room = mostNodes - end;
    const asked: { readonly index: number; readonly take: number }[] = [];
    for (let index = begin; index < end && room > 0; index += 1) {
      const take = Math.min(limit, nodes[index]!.comment.value.repliesEver, room);
      if (take > 0) asked.push({ index, take });
      room -= take;
    }
    const pages = await Promise.all(
      asked.map(({ index, take }) =>
        readPage(logId, branchListing(models.comments, nodes[index]!.comment.id), { limit: take }),
      ),
    );
    for (const [at, page] of pages.entries()) {
      if (!page.ok) throw new Error(`A page without a cursor was refused: ${page.refusal}`);
      const { index } = asked[at]!;
      nodes[index]!.replies = page.value;
      nodes.push(...nodesOf(page.value, index));
    }
    [begin, end] = [end, nodes.length];
  }
  return nodes;
};

/**
 * Bottom-up over the flat list: whatever answers a node stands behind it, so nothing recurses. A deleted comment with
 * nothing below it is left out; where the answer is cut it stays, for what is below is not known here.
 */
const assemble = (
  nodes: readonly Node[],
  logId: string,
  viewer: UserId | undefined,
  people: People,
  liked: ReadonlySet<string>,
): readonly string[] => {
  const below: string[][] = nodes.map(() => []);
  const top: string[] = [];
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const { comment, parent, replies } = nodes[index]!;
    const { id, value } = comment;
    const items = below[index]!.reverse();
    const author = people.get(value.authorId);
    const isEmpty = value.removed && replies?.next === null && items.length === 0;
    if (isEmpty || !canSee(viewer, value.authorId, author)) continue;
    const json = commentJson(id, value, {
      author,
      isLiked: liked.has(id),
      replies: replies === undefined ? uncutReplies(logId, id, value) : pageJson(items, replies.next),
    });
    (parent === -1 ? top : below[parent]!).push(json);
  }
  return top.reverse();
};

/** The comments below a post or below one of its comments as a tree, oldest first on every level. */
export const commentTree = async (
  models: CommentModels,
  logId: string,
  viewer: UserId | undefined,
  postId: PostId,
  tree: CommentTree,
): Promise<Result<PageJson, CursorRefusal | 'post_not_found' | 'comment_not_found'>> => {
  if ((await findPost(models, viewer, postId)) === undefined) return refuse('post_not_found');
  if (tree.parent !== undefined) {
    const parent = (await models.comments.get(tree.parent))?.value;
    if (parent?.listed === undefined || parent.postId !== postId) return refuse('comment_not_found');
  }
  const first = await readPage(logId, branchListing(models.comments, tree.parent ?? postId), tree);
  if (!first.ok) return first;
  const nodes = await readLevels(models, logId, first.value, tree);
  const people = await findPeople(
    models,
    nodes.map(({ comment }) => comment.value.authorId),
  );
  const liked = await findOwnLikes(
    models,
    viewer,
    nodes.map(({ comment }) => comment.id),
  );
  const items = assemble(nodes, logId, viewer, people, liked);
  const { next } = first.value;
  return ok({ json: pageJson(items, next), next });
};
