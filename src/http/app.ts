import Koa from 'koa';
import { answering } from './answering.ts';
import { crossOrigin } from './cross-origin.ts';
import { docsPages } from './docs-pages.ts';
import type { HttpOptions } from './http-options.ts';
import { metricsPages } from './metrics-page.ts';
import { mountRoutes } from './mount.ts';
import { noRoute } from './no-route.ts';
import { servePages } from './pages.ts';
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
  const { logger, metrics } = services;
  const app = new Koa<RequestState>({ proxy: options.trustProxy > 0, maxIpsCount: options.trustProxy });
  const mounted = mountRoutes(services, routes, options);
  app.use(requestContext(services.chance));
  app.use(answering(logger, metrics));
  if (options.corsOrigins.length > 0) app.use(crossOrigin(options.corsOrigins));
  app.use(servePages(new Map([...docsPages(routes), ...metricsPages(metrics, options.metricsToken)])));
  app.use(mounted.dispatch);
  app.use(noRoute(mounted));
  app.on('error', (fault: unknown) => logger.warn({ err: fault }, 'answer failed'));
  return app;
};
