import type { Middleware } from 'koa';
import type { Chance } from '../core/clock.ts';
import type { Language } from './problems.ts';
import type { HttpContext, RequestState } from './request-state.ts';

const apiMount = '/api/v1';

/** Ours unless the client's is short and harmless to log. */
const saneId = /^[A-Za-z0-9._:-]{1,64}$/;

const languageOf = (ctx: HttpContext): { readonly language: Language; readonly languageAsked: boolean } => {
  const header = ctx.req.headers['accept-language'];
  if (header === undefined || header === '*') return { language: 'en', languageAsked: false };
  const chosen = ctx.acceptsLanguages('en', 'ru');
  return chosen === 'en' || chosen === 'ru'
    ? { language: chosen, languageAsked: true }
    : { language: 'en', languageAsked: false };
};

const withoutTrailingSlash = (path: string): string =>
  path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;

/** Finds out where the router was called, under which id, and in which language to answer. */
export const requestContext = (chance: Chance): Middleware<RequestState> => {
  const prefix = chance.bytes(9).toString('base64url').replaceAll('_', '.');
  let count = 0;
  return (ctx, next) => {
    const asked = ctx.req.headers['x-request-id'];
    const requestId =
      typeof asked === 'string' && saneId.test(asked) ? asked : `${prefix}-${(count += 1).toString(36)}`;
    const { path } = ctx;
    const mounted =
      path.startsWith(apiMount) && (path.length === apiMount.length || path[apiMount.length] === '/');
    const below = withoutTrailingSlash(mounted ? path.slice(apiMount.length) || '/' : path);
    ctx.state = {
      requestId,
      ...languageOf(ctx),
      mount: mounted ? apiMount : '',
      path: below,
      route: undefined,
      answer: undefined,
    };
    // What @koa/router matches instead of the path that was called.
    (ctx as { newRouterPath?: string }).newRouterPath = below;
    return next();
  };
};
