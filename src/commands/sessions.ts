import { instant, type Clock, type Millis } from '../core/clock.ts';
import type { Ids, SessionId, UserId } from '../core/ids.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import type { AccessTokens } from './access-tokens.ts';
import { endSession, type EndSession } from './accounts/end-session.ts';
import { signIn, type SignIn } from './accounts/sign-in.ts';
import type { CommandBus, Execute, ExecuteRefusal } from './execute.ts';
import { createLiveSessions, type Holder, type OverRefusal, type TokenPair } from './live-sessions.ts';
import { createRefresh, type Refresh, type RefreshRefusal } from './refresh-session.ts';
import type { RefreshTokens } from './refresh-tokens.ts';
import { createSessionChanges, type AccountExecuted, type SessionChanges } from './session-changes.ts';
import { successorOf, type SessionEntry } from './session-record.ts';
import type { SessionRecords } from './session-records.ts';

export type AccessRefusal = 'token_invalid' | 'token_expired' | 'token_rotated' | OverRefusal;

export interface Sessions {
  /** Refusals of a superseded session tell `at`, `address` and `user_agent` of the newer sign-in. */
  authenticate(accessToken: string): Promise<Result<Holder, AccessRefusal>>;
  /** Whose token it is, also when its session is over; `undefined` for a forged or expired one. */
  ownerOf(accessToken: string): UserId | undefined;
  signIn(
    execute: Execute,
    userId: UserId,
    command: Omit<SignIn, 'maxSessions'>,
  ): Promise<
    Result<
      { readonly tokens: TokenPair; readonly executed: AccountExecuted },
      'credentials_wrong' | 'account_disabled' | ExecuteRefusal
    >
  >;
  readonly refresh: Refresh;
  /** Whose refresh token it is, when it is the session's current one. */
  holderOf(refreshToken: string): Promise<Result<Holder, RefreshRefusal>>;
  end(
    execute: Execute,
    userId: UserId,
    command: Omit<EndSession, 'at'>,
  ): Promise<Result<AccountExecuted, 'session_not_found' | ExecuteRefusal>>;
  readonly change: SessionChanges['change'];
  /** Live ones, newest first. */
  list(userId: UserId): Promise<readonly (SessionEntry & { readonly id: SessionId })[]>;
}

export const createSessions = (options: {
  readonly bus: CommandBus;
  readonly records: SessionRecords;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Of a refresh token, from its last rotation on. */
  readonly refreshTtl: Millis;
  readonly maxSessions: number;
}): Sessions => {
  const { bus, records, accessTokens, refreshTokens, clock, ids, refreshTtl, maxSessions } = options;

  const changes = createSessionChanges({ bus, records, clock, ids, refreshTtl });
  const { change, current } = changes;
  const live = createLiveSessions({ changes, accessTokens, refreshTokens, clock, refreshTtl });

  /** Nobody knows who comes with a spent token. */
  const end: Sessions['end'] = (execute, userId, command) =>
    change(
      execute,
      userId,
      (state) => endSession(state, { ...command, at: instant(clock.now()) }),
      command.why === 'reuse' ? {} : { actor: userId },
    );

  return {
    change,
    end,
    refresh: createRefresh({
      records,
      changes,
      refreshTokens,
      clock,
      refreshTtl,
      live,
      revoke: (execute, { userId, sessionId }) => end(execute, userId, { sessionId, why: 'reuse' }),
    }),
    authenticate: async (accessToken) => {
      const claims = accessTokens.verify(accessToken);
      if (!claims.ok) return claims;
      const { userId, sessionId, jti } = claims.value;
      const found = await live.entry({ userId, sessionId });
      if (!found.ok) return found;
      return found.value.jti === jti ? ok({ userId, sessionId }) : refuse('token_rotated');
    },
    ownerOf: (accessToken) => {
      const claims = accessTokens.verify(accessToken);
      return claims.ok ? claims.value.userId : undefined;
    },
    signIn: async (execute, userId, command) => {
      await records.setOwner(command.sessionId, userId);
      const executed = await change(execute, userId, (state) => signIn(state, { ...command, maxSessions }), {
        actor: userId,
      });
      if (!executed.ok) return executed;
      const opened = executed.value.events.map(({ event }) => event).find(({ type }) => type === 'SignedIn');
      if (opened?.type !== 'SignedIn') throw new Error(`A sign-in of ${userId} left no session.`);
      const { sessionId, at } = opened;
      const first = successorOf(sessionId, { generation: -1, at: Date.parse(at) });
      return ok({ tokens: live.pair({ userId, sessionId }, first), executed: executed.value });
    },
    holderOf: async (refreshToken) => {
      const claims = refreshTokens.verify(refreshToken);
      if (claims === undefined) return refuse('token_invalid');
      const userId = await records.ownerOf(claims.sessionId);
      if (userId === undefined) return refuse('session_revoked');
      const found = await live.entry({ userId, sessionId: claims.sessionId });
      if (!found.ok) return found;
      if (found.value.generation !== claims.generation) return refuse('session_revoked');
      return ok({ userId, sessionId: claims.sessionId });
    },
    list: async (userId) => {
      const record = await current(userId);
      const entries = Object.entries(record?.sessions ?? {}) as [SessionId, SessionEntry][];
      return entries
        .filter(([, { status, expiresAt }]) => status === 'live' && expiresAt > clock.now())
        .map(([id, entry]) => ({ id, ...entry }))
        .reverse();
    },
  };
};
