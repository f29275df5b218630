import type { UserId } from '../core/ids.ts';
import type { Person } from './people.ts';

/**
 * Whether a viewer may see what an author made: the one question that every query asks (SPEC 3), so that blocking and
 * private accounts need no new paths. Whoever is erased is still "seen", as an empty author (SPEC 11).
 */
export const canSee = (viewer: UserId | undefined, author: UserId, person: Person | undefined): boolean =>
  viewer === author || person?.isActive !== false;
