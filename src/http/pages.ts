import type { Middleware } from 'koa';
import { refusedAnswer } from './framework.ts';
import { refuseHttp } from './problem-reply.ts';
import type { HttpContext, RequestState } from './request-state.ts';
import { pageSecurityHeaders } from './security-headers.ts';

/** Something that is not a route: a page for people, a program it loads, or a text for machines. */
export type Page = (ctx: HttpContext) => Promise<void> | void;

/** Pages by their path below the mount. */
export type Pages = ReadonlyMap<string, Page>;

const serve = async (ctx: HttpContext, page: Page): Promise<void> => {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') {
    for (const [name, value] of pageSecurityHeaders) ctx.set(name, value);
    ctx.set('x-request-id', ctx.state.requestId);
    await page(ctx);
  } else {
    const headers = { allow: 'GET, HEAD' };
    ctx.state.answer = refusedAnswer(ctx, refuseHttp('method_not_allowed', { headers }));
  }
};

export const servePages =
  (pages: Pages): Middleware<RequestState> =>
  (ctx, next) => {
    const page = pages.get(ctx.state.path);
    return page === undefined ? next() : serve(ctx, page);
  };
