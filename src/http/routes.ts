import { commentRoutes } from './comments.ts';
import { likeRoutes } from './likes.ts';
import { postRoutes } from './posts.ts';
import type { Route } from './route.ts';

/** Every route, in the order of the API documents. */
export const routes: readonly Route[] = [...postRoutes, ...commentRoutes, ...likeRoutes];
