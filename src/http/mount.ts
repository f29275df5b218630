import Router from '@koa/router';
import { answerCommand } from './answer-command.ts';
import { answerQuery } from './answer-query.ts';
import type { Answer } from './answer.ts';
import { authenticateRequest } from './authentication.ts';
import { compileRoute, rawParameters, requestBase, type CompiledRoute } from './compiled-route.ts';
import { refusedAnswer, type Framework } from './framework.ts';
import type { HttpOptions } from './http-options.ts';
import { createIdempotency } from './idempotency.ts';
import { refuseHttp } from './problem-reply.ts';
import type { HttpContext, RequestState } from './request-state.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';
import { createChecks } from './validation.ts';
import { writeAnswer } from './write-answer.ts';

const acceptsJson = (ctx: HttpContext): boolean => {
  const { accept } = ctx.req.headers;
  return accept === undefined || accept === '*/*' || ctx.accepts('application/json') !== false;
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
  if (!authenticated.ok) return refusedAnswer(ctx, authenticated);
  const { caller } = authenticated;
  if (route.method !== 'GET' && caller !== undefined) {
    const allowed = await services.rateLimits.command(caller.userId);
    if (!allowed.ok) return refusedAnswer(ctx, allowed);
  }
  const params = compiled.readPath(rawParameters(compiled, ctx.state.path));
  if (!params.ok) return refusedAnswer(ctx, params);
  const query = compiled.readQuery(ctx.querystring);
  if (!query.ok) return refusedAnswer(ctx, query);
  const base = requestBase(ctx, caller, params.value, query.value);
  return route.method === 'GET'
    ? answerQuery(ctx, framework, compiled, base)
    : answerCommand(ctx, framework, compiled, base);
};

/** One router for both mounts: an earlier middleware has taken the mount and a trailing slash off the path. */
export const mountRoutes = (
  services: Services,
  routes: readonly Route[],
  options: HttpOptions,
): Router<RequestState> => {
  const checks = createChecks();
  const idempotency = createIdempotency({
    ephemeral: services.ephemeral,
    secret: options.secret,
    shared: options.sharedStores,
  });
  const framework: Framework = { services, options, idempotency };
  // `/posts/top` wins over `/posts/{post_id}` whatever the order is.
  const router = new Router<RequestState>({ exclusive: 'specificity' });
  for (const route of routes) {
    const compiled = compileRoute(route, checks);
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router.register(path, [route.method.toLowerCase()], async (context) => {
      const ctx = context as unknown as HttpContext;
      writeAnswer(ctx, await answerRoute(ctx, framework, compiled));
    });
  }
  return router;
};
