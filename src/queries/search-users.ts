import type { Clock } from '../core/clock.ts';
import { decodeCursor, encodeCursor, type CursorRefusal } from '../core/cursor.ts';
import type { UserId } from '../core/ids.ts';
import { ok, type Result } from '../core/result.ts';
import type { ReadModel } from '../projections/read-model.ts';
import type { UserDocument } from '../projections/users.ts';
import { userView, type LastSeen, type PublicUser } from './user-view.ts';

export interface SearchUsers {
  /** Beginning of the username, in any case; empty for everybody. */
  readonly prefix: string;
  readonly viewer: UserId | undefined;
  readonly limit: number;
  readonly cursor?: string;
}

/** Sorts behind every character that a username may hold. */
const beyond = '\u007f';

/** People whose username begins so, by username. */
export const searchUsers = async (
  from: {
    readonly users: ReadModel<UserDocument>;
    readonly lastSeen: LastSeen;
    readonly clock: Clock;
    readonly logId: string;
  },
  { prefix, viewer, limit, cursor }: SearchUsers,
): Promise<
  Result<{ readonly items: readonly PublicUser[]; readonly next_cursor: string | null }, CursorRefusal>
> => {
  const wanted = prefix.toLowerCase();
  if (!/^[\x21-\x7e]*$/.test(wanted)) return ok({ items: [], next_cursor: null });
  const query = `users?q=${wanted}`;
  const place = cursor === undefined ? undefined : decodeCursor(from.logId, query, 's', cursor);
  if (place !== undefined && !place.ok) return place;
  const found = await from.users.find({
    index: 'by-username',
    range: { from: wanted, to: `${wanted}${beyond}` },
    ...(place === undefined ? {} : { after: place.value }),
    limit: limit + 1,
  });
  const page = found.slice(0, limit);
  const seen = await from.lastSeen(page.map(({ id }) => id as UserId));
  const items = page.map((document, index) => userView(document, viewer, seen[index], from.clock));
  const last = page.at(-1);
  const more = found.length > limit && last !== undefined;
  const next = more
    ? encodeCursor(from.logId, query, { key: [last.value.usernameLower ?? ''], id: last.id })
    : null;
  return ok({ items, next_cursor: next });
};
