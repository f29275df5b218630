import { instant, type Clock, type Millis } from '../core/clock.ts';
import type { Ids, SessionId, UserId } from '../core/ids.ts';
import { ok, refuse, type Refused, type Result } from '../core/result.ts';
import type { AccountEvent } from '../events/account.ts';
import type { DomainEvent } from '../events/event-schema.ts';
import type { Aggregate } from '../core/aggregate.ts';
import type { AccessTokens } from './access-tokens.ts';
import { account, type Account } from './accounts/account.ts';
import { endSession, type EndSession } from './accounts/end-session.ts';
import { signIn, type SignIn } from './accounts/sign-in.ts';
import type { CommandBus, Executed, ExecuteOptions, ExecuteRefusal } from './execute.ts';
import type { RefreshClaims, RefreshTokens } from './refresh-tokens.ts';
import {
  follow,
  repeatWithin,
  rotate,
  successorOf,
  type SessionEntry,
  type SessionRecord,
} from './session-record.ts';
import type { SessionRecords, StoredRecord } from './session-records.ts';

/** The bus within one request: its command context, and the wait for what the request must see. */
export type Execute = <State, Event extends DomainEvent, R extends string>(
  aggregate: Aggregate<State, Event>,
  id: string,
  decide: (state: State) => Result<readonly Event[], R>,
  options?: ExecuteOptions,
) => Promise<Result<Executed<State, Event>, R | ExecuteRefusal>>;

/** What a client gets to keep; times to live in seconds. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
  readonly refreshExpiresIn: number;
}

export type OverRefusal = 'session_superseded' | 'session_revoked';
export type AccessRefusal = 'token_invalid' | 'token_expired' | 'token_rotated' | OverRefusal;
export type RefreshRefusal = 'token_invalid' | 'token_expired' | 'refresh_raced' | OverRefusal;

/** Whose token it is. */
export interface Holder {
  readonly userId: UserId;
  readonly sessionId: SessionId;
}

type AccountExecuted = Executed<Account, AccountEvent>;

export interface Sessions {
  /** Refusals of a superseded session tell `at`, `address` and `user_agent` of the newer sign-in. */
  authenticate(accessToken: string): Promise<Result<Holder, AccessRefusal>>;
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
  refresh(
    execute: Execute,
    refreshToken: string,
    idempotencyKey: string | undefined,
  ): Promise<Result<TokenPair, RefreshRefusal>>;
  /** Whose refresh token it is, when it is the session's current one. */
  holderOf(refreshToken: string): Promise<Result<Holder, RefreshRefusal>>;
  end(
    execute: Execute,
    userId: UserId,
    command: Omit<EndSession, 'at'>,
  ): Promise<Result<AccountExecuted, 'session_not_found' | ExecuteRefusal>>;
  /** Executes any decision that may end or open sessions, and lets their tokens follow. */
  change<R extends string>(
    execute: Execute,
    userId: UserId,
    decide: (state: Account) => Result<readonly AccountEvent[], R>,
    options?: ExecuteOptions,
  ): Promise<Result<AccountExecuted, R | ExecuteRefusal>>;
  /** Live ones, newest first. */
  list(userId: UserId): Promise<readonly (SessionEntry & { readonly id: SessionId })[]>;
}

/** Another use of a spent token within this time is two tabs at once; later it is theft (SPEC 2). */
const raceWithin: Millis = 10_000;
/** A mark this old belongs to somebody who died; nobody appends later than `actWithin` after setting one. */
const orphanAfter: Millis = 120_000;
const actWithin: Millis = 30_000;

/** The append came too late after its mark; nothing was written. */
class MarkGrownOld extends Error {
  override readonly name = 'MarkGrownOld';
}

const over = ({ status, endedBy }: SessionEntry): Refused<OverRefusal> => {
  if (status !== 'superseded' || endedBy === undefined) return refuse('session_revoked');
  const { at, device } = endedBy;
  return refuse('session_superseded', { at, address: device.address, user_agent: device.userAgent });
};

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

  /** The record brought up to the account's stream. */
  const followed = async (userId: UserId, record: SessionRecord): Promise<SessionRecord> => {
    const { state } = await bus.load(account, userId);
    return state.is === 'registered' ? follow(record, state, { ttl: refreshTtl, now: clock.now() }) : record;
  };

  /** Loads, changes and writes until nobody came between. */
  const update = async (
    userId: UserId,
    change: (
      stored: StoredRecord | undefined,
    ) => Promise<SessionRecord | undefined> | SessionRecord | undefined,
  ): Promise<void> => {
    for (;;) {
      const stored = await records.load(userId);
      const next = await change(stored);
      if (next === undefined || (await records.replace(userId, stored, next))) return;
    }
  };

  /** What is true now. While a mark is on the record the stream is read; marks of the dead are wiped off. */
  const current = async (userId: UserId): Promise<SessionRecord | undefined> => {
    const stored = await records.load(userId);
    if (stored === undefined || stored.record.marks.length === 0) return stored?.record;
    const record = await followed(userId, stored.record);
    const marks = record.marks.filter(({ at }) => at + orphanAfter > clock.now());
    if (marks.length < record.marks.length) await records.replace(userId, stored, { ...record, marks });
    return record;
  };

  const mark = async (userId: UserId, id: string, at: Millis): Promise<void> => {
    const { state } = await bus.load(account, userId);
    const blank: SessionRecord = { revision: state.revision, marks: [], sessions: {} };
    await update(userId, (stored) => {
      const record = stored?.record ?? blank;
      return { ...record, marks: [...record.marks, { id, at }] };
    });
  };

  /** `opened`: revision of the event that opened a session just now, in case the store lost all in between. */
  const settle = (userId: UserId, markId: string, opened: number | undefined): Promise<void> =>
    update(userId, async (stored) => {
      if (stored === undefined && opened === undefined) return undefined;
      const record = stored?.record ?? { revision: opened! - 1, marks: [], sessions: {} };
      const next = await followed(userId, record);
      return { ...next, marks: next.marks.filter(({ id }) => id !== markId) };
    });

  /** Mark, append, settle. Who dies in between leaves a mark, and then the stream is asked (RELIABILITY, "Accounts"). */
  const changeOnce: Sessions['change'] = async (execute, userId, decide, executeOptions) => {
    const markId = ids.next();
    const at = clock.now();
    await mark(userId, markId, at);
    const executed = await execute(
      account,
      userId,
      (state: Account) => {
        if (clock.now() - at > actWithin)
          throw new MarkGrownOld(`The command for ${userId} waited too long.`);
        return decide(state);
      },
      executeOptions,
    );
    const opening =
      executed.ok && !executed.value.repeated
        ? executed.value.events.find(({ event }) => event.type === 'SignedIn')
        : undefined;
    await settle(userId, markId, opening?.revision);
    return executed;
  };

  /** After a long stall it starts again with a new mark; the old one is wiped off when its time is over. */
  const change: Sessions['change'] = async (...args) => {
    for (;;) {
      try {
        return await changeOnce(...args);
      } catch (error) {
        if (!(error instanceof MarkGrownOld)) throw error;
      }
    }
  };

  const pair = (
    { userId, sessionId }: Holder,
    { generation, issuedAt, jti }: Pick<SessionEntry, 'generation' | 'issuedAt' | 'jti'>,
  ): TokenPair => ({
    accessToken: accessTokens.sign({ userId, sessionId, jti, issuedAt }),
    refreshToken: refreshTokens.sign({ sessionId, generation }),
    expiresIn: accessTokens.ttl,
    refreshExpiresIn: Math.floor(refreshTtl / 1000),
  });

  const entryOf = async (
    userId: UserId,
    sessionId: SessionId,
  ): Promise<Result<SessionEntry, OverRefusal | 'token_expired'>> => {
    const entry = (await current(userId))?.sessions[sessionId];
    if (entry === undefined) return refuse('session_revoked');
    if (entry.status !== 'live') return over(entry);
    return entry.expiresAt > clock.now() ? ok(entry) : refuse('token_expired');
  };

  /** Nobody knows who comes with a spent token. */
  const end: Sessions['end'] = (execute, userId, command) =>
    change(
      execute,
      userId,
      (state) => endSession(state, { ...command, at: instant(clock.now()) }),
      command.why === 'reuse' ? {} : { actor: userId },
    );

  /** A spent token came back: a repeat, a race, or a thief (SPEC 2, `POST /auth/refresh`). */
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
      return ok(pair(holder, successorOf(holder.sessionId, spent)));
    if (age <= raceWithin) return refuse('refresh_raced');
    await end(execute, holder.userId, { sessionId: holder.sessionId, why: 'reuse' });
    return refuse('session_revoked');
  };

  const refresh: Sessions['refresh'] = async (execute, refreshToken, idempotencyKey) => {
    const claims = refreshTokens.verify(refreshToken);
    if (claims === undefined) return refuse('token_invalid');
    const { sessionId } = claims;
    const keyMac = idempotencyKey === undefined ? undefined : refreshTokens.macOfKey(claims, idempotencyKey);
    const userId = await records.ownerOf(sessionId);
    if (userId === undefined) return refuse('session_revoked');
    for (;;) {
      const stored = await records.load(userId);
      if (stored === undefined) return refuse('session_revoked');
      const found = await entryOf(userId, sessionId);
      if (!found.ok) return found;
      const entry = found.value;
      if (claims.generation > entry.generation) return refuse('token_invalid');
      if (claims.generation < entry.generation)
        return judgeSpent(execute, { userId, sessionId }, entry, claims, keyMac);
      const next = rotate(sessionId, entry, { ttl: refreshTtl, now: clock.now(), keyMac });
      const record = stored.record.marks.length === 0 ? stored.record : await followed(userId, stored.record);
      await records.setOwner(sessionId, userId);
      const rotated = { ...record, sessions: { ...record.sessions, [sessionId]: next } };
      if (await records.replace(userId, stored, rotated)) return ok(pair({ userId, sessionId }, next));
    }
  };

  return {
    change,
    end,
    refresh,
    authenticate: async (accessToken) => {
      const claims = accessTokens.verify(accessToken);
      if (!claims.ok) return claims;
      const { userId, sessionId, jti } = claims.value;
      const found = await entryOf(userId, sessionId);
      if (!found.ok) return found;
      return found.value.jti === jti ? ok({ userId, sessionId }) : refuse('token_rotated');
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
      return ok({ tokens: pair({ userId, sessionId }, first), executed: executed.value });
    },
    holderOf: async (refreshToken) => {
      const claims = refreshTokens.verify(refreshToken);
      if (claims === undefined) return refuse('token_invalid');
      const userId = await records.ownerOf(claims.sessionId);
      if (userId === undefined) return refuse('session_revoked');
      const found = await entryOf(userId, claims.sessionId);
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
