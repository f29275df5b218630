import type { Millis } from '../../../core/clock.ts';

/** What this adapter needs to know of a connection string; the client reads the rest by itself. */
export interface ConnectionString {
  /** With the settings that the URL left open; `variant` tells connections apart that must not share a socket. */
  withKeepAlive(variant: number): string;
  /** Going with a call they keep it off the batch path, which has no deadline (ENGINES, client 1 and 2). */
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
}

/** Together below the 15 s within which a lost server must be noticed. */
const keepAliveInterval: Millis = 4_000;
const keepAliveTimeout: Millis = 3_000;

const valueOf = (query: string, key: string): string | undefined => {
  for (const pair of query.split('&')) {
    const [name = '', value] = pair.split('=');
    // The client ignores case, underscores and dashes too.
    if (name.toLowerCase().replace(/[_-]/g, '') === key.toLowerCase()) return value;
  }
  return undefined;
};

/** @throws Error that does not show the URL, which may hold a password. */
export const readConnectionString = (url: string): ConnectionString => {
  const match = /^esdb(?:\+discover)?:\/\/(?:([^:@/]+):([^@]+)@)?([^?]+?)\/*(?:\?(.*))?$/.exec(url.trim());
  if (match === null)
    throw new Error('The URL of EventStoreDB is none: it begins with esdb:// or esdb+discover://.');
  const [, username, password, , query = ''] = match;
  const base = url.trim().replace(/\/*(\?.*)?$/, '');
  const interval = valueOf(query, 'keepAliveInterval') ?? String(keepAliveInterval);
  const timeout = Number(valueOf(query, 'keepAliveTimeout') ?? keepAliveTimeout);
  const rest = query
    .split('&')
    .filter((pair) => pair !== '' && !/^keep[_-]?alive[_-]?(interval|timeout)=/i.test(pair));
  const given =
    username === undefined || password === undefined
      ? undefined
      : { username: decodeURIComponent(username), password: decodeURIComponent(password) };
  const insecure = valueOf(query, 'tls') === 'false';
  return {
    withKeepAlive: (variant) => {
      const own = timeout < 0 ? timeout : timeout + variant;
      return `${base}?${[...rest, `keepAliveInterval=${interval}`, `keepAliveTimeout=${own}`].join('&')}`;
    },
    // An insecure server ignores them.
    credentials: given ?? (insecure ? { username: 'storyline', password: 'none' } : undefined),
  };
};
