import { parseLogin, type Login } from '../commands/credentials.ts';
import type { Device } from '../commands/accounts/account.ts';
import type { TokenPair } from '../commands/live-sessions.ts';
import type { Reply, ReplyCookie } from './route.ts';

const refreshCookie = 'refresh_token';

/** The cookie's name, and how it is cleared. */
export const clearedRefreshCookie: ReplyCookie = { name: refreshCookie, value: '', maxAge: 0 };

/** A pair in the body and the refresh token in its cookie; nothing on the way keeps it. */
export const tokenReply = (tokens: TokenPair): Reply => ({
  status: 200,
  body: {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    token_type: 'Bearer',
    expires_in: tokens.expiresIn,
    refresh_expires_in: tokens.refreshExpiresIn,
  },
  headers: { 'cache-control': 'no-store' },
  cookies: [{ name: refreshCookie, value: tokens.refreshToken, maxAge: tokens.refreshExpiresIn }],
});

/** From where the request came, within the limits of what is kept. */
export const deviceOf = (request: { readonly userAgent: string; readonly address: string }): Device => ({
  userAgent: request.userAgent.slice(0, 512),
  address: request.address.slice(0, 64),
});

/** The one of the three ways to say who one is. */
export const loginOf = (body: { login?: string; username?: string; email?: string }): Login | undefined => {
  if (body.username !== undefined) return { kind: 'username', name: body.username };
  if (body.email !== undefined) return { kind: 'email', name: body.email };
  return body.login === undefined ? undefined : parseLogin(body.login);
};

/** The refresh token of the body, else of the cookie. */
export const refreshTokenOf = (request: {
  readonly body: { readonly refresh_token?: string } | undefined;
  readonly cookie: (name: string) => string | undefined;
}): string | undefined => request.body?.refresh_token ?? request.cookie(refreshCookie);
