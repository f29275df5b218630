import { ok, refuse, type Result } from '../core/result.ts';

/**
 * For requests that carry a credential in a cookie: browsers attach it to what other sites start, so such a request must say
 * that it comes from ourselves or from an allowed origin. Clients that are no browsers send neither
 * header and pass; their cookies are their own doing.
 */
export const refuseCrossSite = (
  header: (name: string) => string | undefined,
  allowedOrigins: readonly string[],
): Result<undefined, 'cross_site'> => {
  const origin = header('origin');
  if (origin !== undefined && allowedOrigins.includes(origin)) return ok(undefined);
  const site = header('sec-fetch-site');
  if (site !== undefined)
    return site === 'same-origin' || site === 'none' ? ok(undefined) : refuse('cross_site');
  if (origin === undefined) return ok(undefined);
  const host = header('host');
  return origin === `https://${host}` || origin === `http://${host}` ? ok(undefined) : refuse('cross_site');
};
