import { accountRoutes } from './accounts.ts';
import { codeRoutes } from './codes.ts';
import { commentRoutes } from './comments.ts';
import { healthRoutes } from './health.ts';
import { likeRoutes } from './likes.ts';
import { passwordRoutes } from './passwords.ts';
import { postRoutes } from './posts.ts';
import type { Route } from './route.ts';
import { sessionRoutes } from './sessions.ts';
import { userRoutes } from './users.ts';

/** Every route, in the order of the API documents. */
export const routes: readonly Route[] = [
  ...accountRoutes,
  ...passwordRoutes,
  ...sessionRoutes,
  ...codeRoutes,
  ...userRoutes,
  ...postRoutes,
  ...commentRoutes,
  ...likeRoutes,
  ...healthRoutes,
];
