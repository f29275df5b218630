import { Type } from '@sinclair/typebox';
import { parseId, type UserId } from '../core/ids.ts';
import { refuse } from '../core/result.ts';
import { getUser } from '../queries/get-user.ts';
import { searchUsers } from '../queries/search-users.ts';
import { PageSchema, pageParameters, pageRequest } from './paging.ts';
import { Nullable } from './nullable.ts';
import { route, type Route } from './route.ts';
import type { Services } from './services.ts';

const TimeSchema = () => Type.String({ format: 'date-time' });

/** The reply for one person; e-mail, its state and roles are there for their owner only. */
export const UserSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    username: Nullable(Type.String()),
    email: Type.Optional(Nullable(Type.String())),
    email_verified: Type.Optional(Type.Boolean()),
    is_active: Type.Boolean(),
    roles: Type.Optional(Type.Array(Type.String())),
    created_at: TimeSchema(),
    last_seen: Nullable(TimeSchema()),
    is_online: Type.Boolean({ description: 'Seen in the last 5 minutes' }),
    bio: Nullable(Type.String()),
    avatar_url: Nullable(Type.String()),
    followers_count: Type.Integer(),
    following_count: Type.Integer(),
    posts_count: Type.Integer(),
    is_subscribed: Type.Optional(Type.Boolean({ description: 'Whether the caller follows this user' })),
    follows_me: Type.Optional(Type.Boolean({ description: 'Whether this user follows the caller' })),
  },
  { $id: 'UserSchema', additionalProperties: false },
);

const UserPageSchema = PageSchema(UserSchema, 'UserPageSchema');

const UserPathSchema = Type.Object(
  { user_id: Type.String({ format: 'uuid' }) },
  { $id: 'UserPathSchema', additionalProperties: false },
);

const SearchUsersSchema = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 64, description: 'Beginning of the username, in any case' })),
    ...pageParameters,
  },
  { $id: 'SearchUsersSchema', additionalProperties: false },
);

/** What the queries about people read from. */
export const usersFrom = ({ models, presence, clock, logId }: Services) => ({
  users: models.users,
  lastSeen: (ids: readonly UserId[]) => presence.lastSeen(ids),
  clock,
  logId,
});

export const userRoutes: readonly Route[] = [
  route({
    name: 'searchUsers',
    method: 'GET',
    path: '/users',
    tag: 'Users',
    summary: 'Find people by the beginning of their username',
    who: 'optional',
    query: SearchUsersSchema,
    replies: { 200: { description: 'By username', schema: UserPageSchema } },
    refusals: ['cursor_malformed', 'cursor_of_another_log'],
    handler: async ({ caller, query }, services) => {
      const page = await searchUsers(usersFrom(services), {
        prefix: query.q ?? '',
        viewer: caller?.userId,
        ...pageRequest(query),
      });
      return page.ok ? { status: 200, body: page.value, next: page.value.next_cursor } : page;
    },
  }),
  route({
    name: 'getUser',
    method: 'GET',
    path: '/users/{user_id}',
    tag: 'Users',
    summary: 'A public profile',
    who: 'optional',
    params: UserPathSchema,
    replies: { 200: { description: 'The user', schema: UserSchema } },
    refusals: ['user_not_found'],
    handler: async ({ caller, params }, services) => {
      const id = parseId<UserId>(params.user_id);
      if (id === undefined) return refuse('user_not_found');
      const found = await getUser(usersFrom(services), id, caller?.userId);
      if (!found.ok) return found;
      return { status: 200, body: found.value.user, revision: found.value.revision };
    },
  }),
];
