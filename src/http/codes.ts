import { parseLogin } from '../commands/credentials.ts';
import { instant } from '../core/clock.ts';
import type { SessionId } from '../core/ids.ts';
import { RequestCodeSchema, TokenPairSchema, VerifyCodeSchema } from './account-schemas.ts';
import { route, type Route } from './route.ts';
import { deviceOf, tokenReply } from './token-reply.ts';

export const codeRoutes: readonly Route[] = [
  route({
    name: 'requestCode',
    method: 'POST',
    path: '/auth/code',
    tag: 'Sessions',
    summary: 'Have a one-time code mailed',
    description:
      'Four characters, good for CODE_TTL seconds and three tries; the newest code counts. The answer is the same ' +
      'whether or not there is such an account; without an e-mail nothing is sent.',
    who: 'anyone',
    body: RequestCodeSchema,
    replies: { 202: { description: 'If the account has an e-mail, a code is on its way' } },
    refusals: ['rate_limited'],
    handler: async (request, { codes, credentials, rateLimits }) => {
      const login = parseLogin(request.body.login);
      const found = await credentials.find(login);
      const allowed = await rateLimits.signIn(found?.userId ?? login.name, request.address);
      if (!allowed.ok) return allowed;
      await codes.request(login, request.command.commandId, request.language);
      return { status: 202 };
    },
  }),
  route({
    name: 'verifyCode',
    method: 'POST',
    path: '/auth/code/verify',
    tag: 'Sessions',
    summary: 'Sign in by a one-time code',
    description: 'Also proves the e-mail that the code went to. A wrong code answers with attempts_left.',
    who: 'anyone',
    body: VerifyCodeSchema,
    secretReply: true,
    replies: {
      200: {
        description: 'A pair; the refresh token also as a cookie',
        schema: TokenPairSchema,
        headers: { 'Set-Cookie': 'refresh_token, HttpOnly, SameSite=Strict' },
      },
    },
    refusals: [
      'code_wrong',
      'too_many_attempts',
      'credentials_wrong',
      'account_disabled',
      'rate_limited',
      'idempotency_key_reused',
      'precondition_failed',
    ],
    handler: async (request, { codes, credentials, rateLimits, sessions, clock }) => {
      const login = parseLogin(request.body.login);
      const found = await credentials.find(login);
      const allowed = await rateLimits.signIn(found?.userId ?? login.name, request.address);
      if (!allowed.ok) return allowed;
      const proven = await codes.verify(login, request.body.code, request.command.commandId);
      if (!proven.ok) return proven;
      const { account, emailKey } = proven.value;
      const signedIn = await sessions.signIn(request.execute, account.userId, {
        sessionId: request.newId<SessionId>('session'),
        how: 'code',
        device: deviceOf(request),
        provenEmailKey: emailKey,
        at: instant(clock.now()),
      });
      return signedIn.ok ? tokenReply(signedIn.value.tokens) : signedIn;
    },
  }),
];
