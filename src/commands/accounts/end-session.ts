import type { Instant } from '../../core/clock.ts';
import type { SessionId } from '../../core/ids.ts';
import { ok, refuse, type Result } from '../../core/result.ts';
import type { AccountEvent } from '../../events/account.ts';
import type { Account } from './account.ts';

export interface EndSession {
  readonly sessionId: SessionId;
  /** `sign_out` by one of its own tokens, `owner` from another device, `reuse` because a spent token came back. */
  readonly why: 'sign_out' | 'owner' | 'reuse';
  readonly at: Instant;
}

/** Ending a session that is over already changes nothing; one that never was is not found. */
export const endSession = (
  state: Account,
  { sessionId, why, at }: EndSession,
): Result<AccountEvent[], 'session_not_found'> => {
  if (state.is !== 'registered') return refuse('session_not_found');
  const { userId, sessions, ended } = state;
  if (!sessions.some(({ id }) => id === sessionId)) {
    return ended.some(({ id }) => id === sessionId) ? ok([]) : refuse('session_not_found');
  }
  return ok([
    why === 'sign_out'
      ? { type: 'SignedOut', v: 1, userId, sessionId, at }
      : { type: 'SessionRevoked', v: 1, userId, sessionId, why, at },
  ]);
};
