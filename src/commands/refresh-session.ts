import type { Clock, Millis } from '../core/clock.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import type { Execute } from './execute.ts';
import type { Holder, LiveSessions, OverRefusal, TokenPair } from './live-sessions.ts';
import type { RefreshClaims, RefreshTokens } from './refresh-tokens.ts';
import type { SessionChanges } from './session-changes.ts';
import { repeatWithin, rotate, successorOf, type SessionEntry } from './session-record.ts';
import type { SessionRecords } from './session-records.ts';

export type RefreshRefusal = 'token_invalid' | 'token_expired' | 'refresh_raced' | OverRefusal;

/** Under the same idempotency key a repeat within half a minute gets the same pair. */
export type Refresh = (
  execute: Execute,
  refreshToken: string,
  idempotencyKey: string | undefined,
) => Promise<Result<TokenPair, RefreshRefusal>>;

/** Another use of a spent token within this time is two tabs at once; later it is theft (SPEC 2). */
const raceWithin: Millis = 10_000;

/** One use of a refresh token: of many at once one wins, and the others are told apart (SPEC 2, `POST /auth/refresh`). */
export const createRefresh = (options: {
  readonly records: SessionRecords;
  readonly changes: SessionChanges;
  readonly refreshTokens: RefreshTokens;
  readonly clock: Clock;
  readonly refreshTtl: Millis;
  readonly live: LiveSessions;
  /** Ends a session whose token was stolen. */
  readonly revoke: (execute: Execute, holder: Holder) => Promise<unknown>;
}): Refresh => {
  const { records, changes, refreshTokens, clock, refreshTtl, live, revoke } = options;

  /** A spent token came back: a repeat, a race, or a thief. */
  const judgeSpent = async (
    execute: Execute,
    holder: Holder,
    entry: SessionEntry,
    claims: RefreshClaims,
    keyMac: string | undefined,
  ): Promise<Result<TokenPair, RefreshRefusal>> => {
    const spent = entry.spent.find(({ generation }) => generation === claims.generation);
    const age = spent === undefined ? Infinity : clock.now() - spent.at;
    if (spent !== undefined && keyMac !== undefined && spent.keyMac === keyMac && age <= repeatWithin)
      return ok(live.pair(holder, successorOf(holder.sessionId, spent)));
    if (age <= raceWithin) return refuse('refresh_raced');
    await revoke(execute, holder);
    return refuse('session_revoked');
  };

  return async (execute, refreshToken, idempotencyKey) => {
    const claims = refreshTokens.verify(refreshToken);
    if (claims === undefined) return refuse('token_invalid');
    const { sessionId } = claims;
    const keyMac = idempotencyKey === undefined ? undefined : refreshTokens.macOfKey(claims, idempotencyKey);
    const userId = await records.ownerOf(sessionId);
    if (userId === undefined) return refuse('session_revoked');
    for (;;) {
      const stored = await records.load(userId);
      if (stored === undefined) return refuse('session_revoked');
      const found = await live.entry({ userId, sessionId });
      if (!found.ok) return found;
      const entry = found.value;
      if (claims.generation > entry.generation) return refuse('token_invalid');
      if (claims.generation < entry.generation)
        return judgeSpent(execute, { userId, sessionId }, entry, claims, keyMac);
      const next = rotate(sessionId, entry, { ttl: refreshTtl, now: clock.now(), keyMac });
      const record =
        stored.record.marks.length === 0 ? stored.record : await changes.followed(userId, stored.record);
      await records.setOwner(sessionId, userId);
      const rotated = { ...record, sessions: { ...record.sessions, [sessionId]: next } };
      if (await records.replace(userId, stored, rotated)) return ok(live.pair({ userId, sessionId }, next));
    }
  };
};
