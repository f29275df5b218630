import Router from '@koa/router';
import type { Middleware } from 'koa';
import { answerAgain, answerCommand } from './answer-command.ts';
import { answerQuery } from './answer-query.ts';
import type { Answer } from './answer.ts';
import { authenticateRequest } from './authentication.ts';
import { compileRoute, rawParameters, type CompiledRoute } from './compiled-route.ts';
import { refusedAnswer, type Framework } from './framework.ts';
import type { HttpOptions } from './http-options.ts';
import { createIdempotency } from './idempotency.ts';
import { refuseHttp } from './problem-reply.ts';
import type { HttpContext, RequestState } from './request-state.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { createChecks } from './validation.ts';

const acceptsJson = (ctx: HttpContext): boolean => {
  const { accept } = ctx.req.headers;
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return true;
  return ctx.accepts('application/json') !== false;
};

/** Who calls, how often, and what for: in this order, so that nobody probes parameters without a token. */
const answerRoute = async (
  ctx: HttpContext,
  framework: Framework,
  compiled: CompiledRoute,
): Promise<Answer> => {
  const { services } = framework;
  const { route } = compiled;
  ctx.state.route = route;
  if (!acceptsJson(ctx)) return refusedAnswer(ctx, refuseHttp('not_acceptable'));
  const authenticated = await authenticateRequest(
    services.authenticator,
    route.who,
    ctx.req.headers.authorization,
    ctx.state.language,
  );
  if (!authenticated.ok)
    return (await answerAgain(ctx, framework, compiled)) ?? refusedAnswer(ctx, authenticated);
  const { caller } = authenticated;
  if (route.method !== 'GET' && caller !== undefined) {
    const allowed = await services.rateLimits.command(caller.userId);
    if (!allowed.ok) return refusedAnswer(ctx, allowed);
  }
  const params = compiled.readPath(rawParameters(compiled, ctx.state.path));
  if (!params.ok) return refusedAnswer(ctx, params);
  const query = compiled.readQuery(ctx.querystring);
  if (!query.ok) return refusedAnswer(ctx, query);
  const parts = {
    caller,
    params: params.value,
    query: query.value,
    body: undefined,
    idempotencyKey: undefined,
  };
  return route.method === 'GET'
    ? answerQuery(ctx, framework, compiled, parts)
    : answerCommand(ctx, framework, compiled, parts);
};

export interface MountedRoutes {
  /** Leaves the answer of the route that fits, or goes on. */
  readonly dispatch: Middleware<RequestState>;
  readonly methodsAt: (path: string) => ReadonlySet<string>;
}

const firstSegment = (path: string): string => {
  const end = path.indexOf('/', 1);
  return end === -1 ? path : path.slice(0, end);
};

/**
 * One set of routers for both mounts: an earlier middleware has taken the mount and a trailing slash off the path. A router
 * tries its routes one after another, so that there is one for every first segment, and `/posts` never tries `/users`.
 */
export const mountRoutes = (
  services: Services,
  routes: readonly Route[],
  options: HttpOptions,
): MountedRoutes => {
  const checks = createChecks();
  const idempotency = createIdempotency({
    ephemeral: services.ephemeral,
    secret: options.secret,
    shared: options.sharedStores,
  });
  const framework: Framework = { services, options, idempotency };
  const routers = new Map<string, Router<RequestState>>();
  for (const route of routes) {
    const compiled = compileRoute(route, checks);
    const segment = firstSegment(route.path);
    // `/posts/top` wins over `/posts/{post_id}` whatever the order is.
    const router = routers.get(segment) ?? new Router<RequestState>({ exclusive: 'specificity' });
    routers.set(segment, router);
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router.register(path, [route.method.toLowerCase()], async (context) => {
      const ctx = context as unknown as HttpContext;
      ctx.state.answer = await answerRoute(ctx, framework, compiled);
    });
  }
  const dispatchers = new Map<string, Middleware<RequestState>>();
  for (const [segment, router] of routers)
    dispatchers.set(segment, router.routes() as unknown as Middleware<RequestState>);
  return {
    dispatch: (ctx, next): unknown => {
      const dispatcher = dispatchers.get(firstSegment(ctx.state.path));
      return dispatcher === undefined ? next() : dispatcher(ctx, next);
    },
    methodsAt: (path) => {
      const matched = routers.get(firstSegment(path))?.match(path, 'GET').path ?? [];
      return new Set(matched.flatMap((layer) => layer.methods));
    },
  };
};
