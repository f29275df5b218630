import type { CommentDocument } from '../projections/comments.ts';
import type { ReadModel } from '../projections/read-model.ts';
import { firstCursor, pageJson, type Listing } from './page.ts';

/** What hangs directly on a comment or, at the root, on the post itself; oldest first. */
export const branchListing = (
  model: ReadModel<CommentDocument>,
  branch: string,
): Listing<CommentDocument> => ({
  model,
  index: 'branch',
  equals: [branch],
  direction: 'ascending',
  placeOf: ({ listed }) => listed,
  name: `comments:${branch}`,
});

/** Replies that an answer does not go into: a cursor to where they begin, if there may be some. */
export const uncutReplies = (logId: string, id: string, comment: CommentDocument): string =>
  pageJson([], comment.repliesEver === 0 ? null : firstCursor(logId, `comments:${id}`));
