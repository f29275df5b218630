import { isCommonPassword } from '../commands/common-passwords.ts';
import type { NewAccount } from '../commands/registration.ts';
import type { UserId } from '../core/ids.ts';
import { refuse, type Refused } from '../core/result.ts';
import type { Recorded } from '../events/codec.ts';
import { getUser } from '../queries/get-user.ts';
import { ChangeProfileSchema, RegisterByLoginSchema, RegisterSchema } from './account-schemas.ts';
import { readOwn } from './read-own.ts';
import { route, type Reply, type Route, type RouteRequest } from './route.ts';
import type { Services } from './services.ts';
import { usersFrom, UserSchema } from './users.ts';

type Anyone = Pick<
  RouteRequest<'anyone', undefined, undefined, undefined>,
  'execute' | 'command' | 'newId' | 'mount'
>;

const registerRefusals = [
  'username_taken',
  'email_taken',
  'password_too_common',
  'idempotency_key_reused',
  'precondition_failed',
  'not_shown_yet',
] as const;

/** People as they see themselves; whoever is signed in exists, so a missing document is only late. */
const ownUser = async (
  services: Services,
  userId: UserId,
  written: readonly Recorded[],
  reply: Reply,
): Promise<Reply | Refused<'not_shown_yet'>> => {
  const found = await readOwn(services, written, async () => {
    const user = await getUser(usersFrom(services), userId, userId, written);
    return user.ok ? user.value : undefined;
  });
  if (found === undefined) return refuse('not_shown_yet');
  if ('refusal' in found) return found;
  return { ...reply, body: found.user, revision: found.revision };
};

const register = async (
  request: Anyone,
  services: Services,
  wish: Omit<NewAccount, 'userId'>,
): Promise<Reply | Refused<(typeof registerRefusals)[number]>> => {
  if (isCommonPassword(wish.password)) return refuse('password_too_common');
  const userId = request.newId<UserId>('account');
  const registered = await services.registration.register(request, { userId, ...wish });
  if (!registered.ok) return registered;
  const location = `${request.mount}/users/${userId}`;
  return ownUser(services, userId, registered.value.events, { status: 201, headers: { location } });
};

const registered = {
  201: {
    description: 'The new account',
    schema: UserSchema,
    headers: { Location: 'The public profile' },
  },
} as const;

export const accountRoutes: readonly Route[] = [
  route({
    name: 'register',
    method: 'POST',
    path: '/auth/register',
    tag: 'Accounts',
    summary: 'Register by username, e-mail or both',
    description: 'A missing username is made up.',
    who: 'anyone',
    body: RegisterSchema,
    replies: registered,
    refusals: registerRefusals,
    handler: (request, services) => {
      const { username, email, password } = request.body;
      return register(request, services, { username, email, password });
    },
  }),
  route({
    name: 'registerByLogin',
    method: 'POST',
    path: '/user/register',
    tag: 'Accounts',
    summary: 'Register by login: with @ an e-mail, else a username',
    who: 'anyone',
    body: RegisterByLoginSchema,
    replies: registered,
    refusals: registerRefusals,
    handler: (request, services) => {
      const { login, password } = request.body;
      const isEmail = login.includes('@');
      const names = { username: isEmail ? undefined : login, email: isEmail ? login : undefined };
      return register(request, services, { ...names, password });
    },
  }),
  route({
    name: 'getMe',
    method: 'GET',
    path: '/auth/me',
    tag: 'Accounts',
    summary: 'My profile',
    who: 'user',
    replies: { 200: { description: 'With what only its owner sees', schema: UserSchema } },
    refusals: ['not_shown_yet'],
    handler: ({ caller }, services) => ownUser(services, caller.userId, [], { status: 200 }),
  }),
  route({
    name: 'changeMe',
    method: 'PATCH',
    path: '/auth/me',
    tag: 'Accounts',
    summary: 'Change my username, e-mail or bio',
    description:
      'A new username shows everywhere at once. A new e-mail needs the password and is not verified.',
    who: 'user',
    body: ChangeProfileSchema,
    ifMatch: true,
    replies: { 200: { description: 'The changed profile', schema: UserSchema } },
    refusals: [
      'username_taken',
      'email_taken',
      'account_not_found',
      'not_shown_yet',
      'password_required',
      'credentials_wrong',
      'rate_limited',
      'idempotency_key_reused',
      'precondition_failed',
    ],
    handler: async (request, services) => {
      const { userId } = request.caller;
      const { username, email, bio, password } = request.body;
      if (email !== undefined) {
        if (password === undefined) return refuse('password_required');
        const allowed = await services.rateLimits.signIn(userId, request.address);
        if (!allowed.ok) return allowed;
        const checked = await services.credentials.check(await services.credentials.byId(userId), password);
        if (!checked.ok) return checked;
      }
      const changed = await services.registration.change(request, userId, {
        ...(username === undefined ? {} : { username }),
        ...(email === undefined ? {} : { email }),
        ...(bio === undefined ? {} : { bio }),
      });
      if (!changed.ok) return changed;
      return ownUser(services, userId, changed.value.events, { status: 200 });
    },
  }),
];
