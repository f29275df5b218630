import type { Middleware } from 'koa';
import { refusedAnswer } from './framework.ts';
import type { MountedRoutes } from './mount.ts';
import { refuseHttp } from './problem-reply.ts';
import type { RequestState } from './request-state.ts';

/** What no route took: 404, or 405 with the methods that the address does answer. `OPTIONS` lists them. */
export const noRoute =
  ({ methodsAt }: MountedRoutes): Middleware<RequestState> =>
  (ctx) => {
    const methods = methodsAt(ctx.state.path);
    const headers = { allow: [...methods, 'OPTIONS'].join(', ') };
    if (methods.size === 0) ctx.state.answer = refusedAnswer(ctx, refuseHttp('not_found'));
    else if (ctx.method === 'OPTIONS')
      ctx.state.answer = { status: 204, headers, cookies: [], body: undefined };
    else ctx.state.answer = refusedAnswer(ctx, refuseHttp('method_not_allowed', { headers }));
  };
