import type { Clock } from '../core/clock.ts';
import type { UserId } from '../core/ids.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import type { Recorded } from '../events/codec.ts';
import type { ReadModel } from '../projections/read-model.ts';
import type { UserDocument } from '../projections/users.ts';
import { userView, type LastSeen, type OwnUser, type PublicUser } from './user-view.ts';

export interface FoundUser {
  readonly user: PublicUser | OwnUser;
  readonly revision: number;
}

/** One profile; `overlay` are events that the read model may not show yet. */
export const getUser = async (
  from: { readonly users: ReadModel<UserDocument>; readonly lastSeen: LastSeen; readonly clock: Clock },
  id: UserId,
  viewer: UserId | undefined,
  overlay: readonly Recorded[] = [],
): Promise<Result<FoundUser, 'user_not_found'>> => {
  const [document, [lastSeen]] = await Promise.all([from.users.get(id, overlay), from.lastSeen([id])]);
  if (document === undefined || document.value.username === null) return refuse('user_not_found');
  return ok({ user: userView(document, viewer, lastSeen, from.clock), revision: document.value.revision });
};
