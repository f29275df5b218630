import { validateHeaderValue } from 'node:http';
import type { Answer } from './answer.ts';
import { entityTag } from './etags.ts';
import type { HttpContext } from './request-state.ts';
import type { Reply, ReplyCookie } from './route.ts';
import type { Serialise } from './serialisers.ts';

const cookieText = /^[\w.~+/=-]*$/;

/** `HttpOnly; SameSite=Strict; Path=/`, and `Secure` outside development (SPEC 2). */
const setCookie = ({ name, value, maxAge }: ReplyCookie, secure: boolean): string => {
  if (!cookieText.test(value)) throw new Error(`The cookie ${name} holds characters that no cookie may.`);
  return `${name}=${value}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
};

/** The next page is where this one was asked for, with another cursor. */
const nextLink = (ctx: HttpContext, cursor: string): string => {
  const query = new URLSearchParams(ctx.querystring);
  query.set('cursor', cursor);
  return `<${ctx.state.mount}${ctx.state.path}?${query.toString()}>; rel="next"`;
};

const bodyText = (serialisers: ReadonlyMap<number, Serialise>, reply: Reply): string | undefined => {
  if (reply.json !== undefined) return reply.json;
  if (reply.body === undefined) return undefined;
  const serialise = serialisers.get(reply.status);
  if (serialise === undefined)
    throw new Error(`A handler answers ${reply.status}, for which its route declares no schema.`);
  return serialise(reply.body);
};

/** What a handler answered, as it goes out: serialised by its schema, with ETag and link to the next page. */
export const replyAnswer = (
  ctx: HttpContext,
  serialisers: ReadonlyMap<number, Serialise>,
  reply: Reply,
  secureCookies: boolean,
): Answer => {
  const body = bodyText(serialisers, reply);
  const headers: Record<string, string> = {
    'cache-control': 'private, no-cache',
    vary: 'Authorization, Accept-Language, Accept-Encoding',
  };
  if (body !== undefined) headers['content-type'] = 'application/json; charset=utf-8';
  if (reply.revision !== undefined && body !== undefined) headers['etag'] = entityTag(reply.revision, body);
  if (reply.next !== undefined && reply.next !== null) headers['link'] = nextLink(ctx, reply.next);
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    // Throws here, where it can still become an answer.
    validateHeaderValue(name, value);
    headers[name.toLowerCase()] = value;
  }
  return {
    status: reply.status,
    headers,
    cookies: (reply.cookies ?? []).map((cookie) => setCookie(cookie, secureCookies)),
    body,
  };
};
