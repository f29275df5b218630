import { instant, type Millis } from '../core/clock.ts';
import { parseId, type SessionId } from '../core/ids.ts';
import { refuse } from '../core/result.ts';
import {
  LoginSchema,
  RefreshSchema,
  SessionListSchema,
  SessionPathSchema,
  TokenPairSchema,
} from './account-schemas.ts';
import { bearerToken } from './authentication.ts';
import { explainSuperseded } from './authenticator.ts';
import { route, type Reply, type Route } from './route.ts';
import { clearedRefreshCookie, deviceOf, loginOf, refreshTokenOf, tokenReply } from './token-reply.ts';

const tokens = {
  200: {
    description: 'A pair; the refresh token also as a cookie',
    schema: TokenPairSchema,
    headers: { 'Set-Cookie': 'refresh_token, HttpOnly, SameSite=Strict' },
  },
} as const;

const loginAt = (name: string, path: string): Route =>
  route({
    name,
    method: 'POST',
    path,
    tag: 'Sessions',
    summary: 'Sign in by password',
    description: 'Ends the oldest session when there would be more than MAX_SESSIONS.',
    who: 'anyone',
    body: LoginSchema,
    secretReply: true,
    replies: tokens,
    refusals: [
      'credentials_wrong',
      'account_disabled',
      'rate_limited',
      'idempotency_key_reused',
      'precondition_failed',
    ],
    handler: async (request, services) => {
      const login = loginOf(request.body);
      if (login === undefined) return refuse('credentials_wrong');
      const found = await services.credentials.find(login);
      const allowed = await services.rateLimits.signIn(found?.userId ?? login.name, request.address);
      if (!allowed.ok) return allowed;
      const checked = await services.credentials.check(found, request.body.password);
      if (!checked.ok) return checked;
      const { account, hash } = checked.value;
      const signedIn = await services.sessions.signIn(request.execute, account.userId, {
        sessionId: request.newId<SessionId>('session'),
        how: 'password',
        device: deviceOf(request),
        checkedAgainst: hash,
        at: instant(services.clock.now()),
      });
      return signedIn.ok ? tokenReply(signedIn.value.tokens) : signedIn;
    },
  });

const iso = (millis: Millis) => instant(millis);

const loggedOut: Reply = { status: 204, cookies: [clearedRefreshCookie] };

export const sessionRoutes: readonly Route[] = [
  loginAt('login', '/auth/login'),
  loginAt('authenticate', '/user/auth'),
  route({
    name: 'refresh',
    method: 'POST',
    path: '/auth/refresh',
    tag: 'Sessions',
    summary: 'Trade a refresh token for a new pair',
    description:
      'The old pair is dead. A repeat with the same Idempotency-Key within 30 s gets the same pair; another use of a ' +
      'spent token within 10 s is a race and revokes nothing; later it is theft, and the session ends.',
    who: 'anyone',
    body: RefreshSchema,
    bodyOptional: true,
    secretReply: true,
    replies: tokens,
    refusals: [
      'token_missing',
      'token_invalid',
      'token_expired',
      'refresh_raced',
      'session_superseded',
      'session_revoked',
    ],
    handler: async (request, services) => {
      const token = refreshTokenOf(request);
      if (token === undefined) return refuse('token_missing');
      const refreshed = await services.sessions.refresh(request.execute, token, request.idempotencyKey);
      return refreshed.ok ? tokenReply(refreshed.value) : explainSuperseded(refreshed, request.language);
    },
  }),
  route({
    name: 'logout',
    method: 'POST',
    path: '/auth/logout',
    tag: 'Sessions',
    summary: 'Sign out by either token',
    description: 'Access and refresh token are dead from then on; the cookie is cleared.',
    who: 'anyone',
    body: RefreshSchema,
    bodyOptional: true,
    replies: { 204: { description: 'Signed out' } },
    refusals: [
      'token_missing',
      'token_invalid',
      'token_expired',
      'token_rotated',
      'refresh_raced',
      'session_superseded',
      'session_revoked',
      'session_not_found',
      'idempotency_key_reused',
      'precondition_failed',
    ],
    handler: async (request, { sessions, presence }) => {
      const access = bearerToken(request.header('authorization'));
      const refresh = refreshTokenOf(request);
      const byAccess = access === undefined ? undefined : await sessions.authenticate(access);
      const byRefresh =
        byAccess?.ok === true || refresh === undefined ? undefined : await sessions.holderOf(refresh);
      const holder = byAccess?.ok === true ? byAccess : (byRefresh ?? byAccess);
      if (holder === undefined) return refuse('token_missing');
      if (!holder.ok) return explainSuperseded(holder, request.language);
      const { userId, sessionId } = holder.value;
      presence.touch(userId);
      const ended = await sessions.end(request.execute, userId, { sessionId, why: 'sign_out' });
      return ended.ok ? loggedOut : ended;
    },
  }),
  route({
    name: 'listSessions',
    method: 'GET',
    path: '/auth/sessions',
    tag: 'Sessions',
    summary: 'Where I am signed in',
    who: 'user',
    replies: { 200: { description: 'Live sessions, newest first', schema: SessionListSchema } },
    refusals: [],
    handler: async ({ caller }, { sessions }) => {
      const items = (await sessions.list(caller.userId)).map((session) => ({
        id: session.id,
        current: session.id === caller.sessionId,
        user_agent: session.device.userAgent,
        address: session.device.address,
        created_at: session.openedAt,
        refreshed_at: iso(session.refreshedAt),
        expires_at: iso(session.expiresAt),
      }));
      return { status: 200, body: { items, next_cursor: null } };
    },
  }),
  route({
    name: 'endSession',
    method: 'DELETE',
    path: '/auth/sessions/{session_id}',
    tag: 'Sessions',
    summary: 'Sign another device out',
    who: 'user',
    endsSession: true,
    params: SessionPathSchema,
    replies: { 204: { description: 'The session is over' } },
    refusals: ['session_not_found', 'idempotency_key_reused', 'precondition_failed'],
    handler: async ({ caller, params, execute }, { sessions }) => {
      const sessionId = parseId<SessionId>(params.session_id);
      if (sessionId === undefined) return refuse('session_not_found');
      const own = sessionId === caller.sessionId;
      const ended = await sessions.end(execute, caller.userId, {
        sessionId,
        why: own ? 'sign_out' : 'owner',
      });
      if (!ended.ok) return ended;
      return own ? loggedOut : { status: 204 };
    },
  }),
];
