import Koa from 'koa';
import { errorMapper } from './error-mapper.ts';
import type { HttpOptions } from './http-options.ts';
import { mountRoutes } from './mount.ts';
import { noRoute } from './no-route.ts';
import { requestContext } from './request-context.ts';
import type { RequestState } from './request-state.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';

/** The API as a Koa application: the order of its middleware, and nothing else. */
export const createApp = (
  services: Services,
  routes: readonly Route[],
  options: HttpOptions,
): Koa<RequestState> => {
  const app = new Koa<RequestState>({
    proxy: options.trustProxy > 0,
    maxIpsCount: options.trustProxy,
  });
  const router = mountRoutes(services, routes, options);
  app.use(requestContext(services.chance));
  app.use(errorMapper(services.logger));
  app.use(router.routes());
  app.use(noRoute(router));
  return app;
};
