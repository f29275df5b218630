import type Router from '@koa/router';
import type { Middleware } from 'koa';
import { problemAnswer, refuseHttp, type HttpRefused } from './problem-reply.ts';
import type { RequestState } from './request-state.ts';
import { writeAnswer } from './write-answer.ts';

/** What no route took: 404, or 405 with the methods that the address does answer. `OPTIONS` lists them. */
export const noRoute =
  (router: Router<RequestState>): Middleware<RequestState> =>
  (ctx) => {
    const { path, requestId, language } = ctx.state;
    const methods = new Set(router.match(path, ctx.method).path.flatMap((layer) => layer.methods));
    const allow = [...methods, 'OPTIONS'].join(', ');
    if (methods.size > 0 && ctx.method === 'OPTIONS') {
      writeAnswer(ctx, { status: 204, headers: { allow }, cookies: [], body: undefined });
      return;
    }
    const refused: HttpRefused =
      methods.size === 0 ? refuseHttp('not_found') : refuseHttp('method_not_allowed', { headers: { allow } });
    writeAnswer(ctx, problemAnswer(refused, { requestId, language, instance: ctx.path }));
  };
