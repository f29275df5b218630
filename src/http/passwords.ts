import { changePassword } from '../commands/accounts/change-password.ts';
import { isCommonPassword } from '../commands/common-passwords.ts';
import { parseLogin } from '../commands/credentials.ts';
import { instant } from '../core/clock.ts';
import type { CommandId, UserId } from '../core/ids.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import { ChangePasswordSchema } from './account-schemas.ts';
import { route, type Caller, type Route } from './route.ts';
import type { Services } from './services.ts';
import { clearedRefreshCookie } from './token-reply.ts';

/** Why somebody may change an account's password. */
type Ground = { readonly userId: UserId } & (
  | { readonly how: 'old_password'; readonly checkedAgainst: string }
  | { readonly how: 'code'; readonly provenEmailKey: string }
);

type GroundRefusal =
  'token_missing' | 'credentials_wrong' | 'code_wrong' | 'too_many_attempts' | 'rate_limited';

const byOldPassword = async (
  { credentials, rateLimits }: Services,
  caller: Caller | undefined,
  password: string,
  address: string,
): Promise<Result<Ground, GroundRefusal>> => {
  if (caller === undefined) return refuse('token_missing');
  const { userId } = caller;
  const allowed = await rateLimits.signIn(userId, address);
  if (!allowed.ok) return allowed;
  const checked = await credentials.check(await credentials.byId(userId), password);
  return checked.ok ? ok({ userId, how: 'old_password', checkedAgainst: checked.value.hash }) : checked;
};

const byCode = async (
  { codes, credentials, rateLimits }: Services,
  body: { readonly login: string; readonly code: string },
  commandId: CommandId,
  address: string,
): Promise<Result<Ground, GroundRefusal>> => {
  const login = parseLogin(body.login);
  const found = await credentials.find(login);
  const allowed = await rateLimits.signIn(found?.userId ?? login.name, address);
  if (!allowed.ok) return allowed;
  const proven = await codes.verify(login, body.code, commandId);
  if (!proven.ok) return proven;
  const { account, emailKey } = proven.value;
  return ok({ userId: account.userId, how: 'code', provenEmailKey: emailKey });
};

export const passwordRoutes: readonly Route[] = [
  route({
    name: 'changePassword',
    method: 'POST',
    path: '/auth/password',
    tag: 'Accounts',
    summary: 'Change the password, or replace a forgotten one',
    description: 'Ends the session of every device, this one too.',
    who: 'optional',
    endsSession: true,
    body: ChangePasswordSchema,
    replies: { 204: { description: 'Changed; sign in with the new password' } },
    refusals: [
      'token_missing',
      'credentials_wrong',
      'code_wrong',
      'too_many_attempts',
      'rate_limited',
      'password_too_common',
      'account_not_found',
      'account_disabled',
      'idempotency_key_reused',
      'precondition_failed',
    ],
    handler: async (request, services) => {
      const { body, caller, address, command } = request;
      if (isCommonPassword(body.new_password)) return refuse('password_too_common');
      const ground =
        'code' in body
          ? await byCode(services, body, command.commandId, address)
          : await byOldPassword(services, caller, body.old_password, address);
      if (!ground.ok) return ground;
      const { userId, ...why } = ground.value;
      const passwordHash = await services.passwords.hash(body.new_password);
      const changed = await services.sessions.change(
        request.execute,
        userId,
        (state) => changePassword(state, { ...why, passwordHash, at: instant(services.clock.now()) }),
        { actor: userId },
      );
      return changed.ok ? { status: 204, cookies: [clearedRefreshCookie] } : changed;
    },
  }),
];
