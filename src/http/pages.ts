import type { Middleware } from 'koa';
import { refusedAnswer } from './framework.ts';
import { refuseHttp } from './problem-reply.ts';
import type { HttpContext, RequestState } from './request-state.ts';
import { writeAnswer } from './write-answer.ts';

/** Something that is not a route: a page for people, a program it loads, or a text for machines. */
export type Page = (ctx: HttpContext) => Promise<void> | void;

/** Pages by their path below the mount. */
export type Pages = ReadonlyMap<string, Page>;

export const servePages =
  (pages: Pages): Middleware<RequestState> =>
  async (ctx, next) => {
    const page = pages.get(ctx.state.path);
    const context = ctx as HttpContext;
    if (page === undefined) await next();
    else if (ctx.method === 'GET' || ctx.method === 'HEAD') await page(context);
    else {
      const headers = { allow: 'GET, HEAD' };
      writeAnswer(context, refusedAnswer(context, refuseHttp('method_not_allowed', { headers })));
    }
  };
