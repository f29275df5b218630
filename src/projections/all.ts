import { comments } from './comments.ts';
import { likes } from './likes.ts';
import { posts } from './posts.ts';
import type { Projection } from './projection.ts';
import type { ReadModel } from './read-model.ts';
import { users } from './users.ts';

/** Every read model, by the name that queries use. The order is the order of operators' tables. */
export const projections = { users, posts, comments, likes } as const;

type DocumentOf<P> = P extends Projection<infer Document, infer _Event> ? Document : never;

/** The read models as queries see them, each in its live generation. */
export type ReadModels = {
  readonly [Name in keyof typeof projections]: ReadModel<DocumentOf<(typeof projections)[Name]>>;
};
