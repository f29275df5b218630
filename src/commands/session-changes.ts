import type { Clock, Millis } from '../core/clock.ts';
import type { Ids, UserId } from '../core/ids.ts';
import type { Result } from '../core/result.ts';
import type { AccountEvent } from '../events/account.ts';
import { account, type Account } from './accounts/account.ts';
import type { CommandBus, Execute, Executed, ExecuteOptions, ExecuteRefusal } from './execute.ts';
import { follow, type SessionRecord } from './session-record.ts';
import type { SessionRecords, StoredRecord } from './session-records.ts';

export type AccountExecuted = Executed<Account, AccountEvent>;

/** Keeps the records of sessions and the accounts' streams together, whoever dies in between. */
export interface SessionChanges {
  /** What is true now; `undefined` when nothing is remembered, and then every session is over. */
  current(userId: UserId): Promise<SessionRecord | undefined>;
  /** The record brought up to the account's stream. */
  followed(userId: UserId, record: SessionRecord): Promise<SessionRecord>;
  /** Executes any decision that may end or open sessions, and lets their tokens follow. */
  change<R extends string>(
    execute: Execute,
    userId: UserId,
    decide: (state: Account) => Result<readonly AccountEvent[], R>,
    options?: ExecuteOptions,
  ): Promise<Result<AccountExecuted, R | ExecuteRefusal>>;
}

/** A mark this old belongs to somebody who died; nobody appends later than `actWithin` after setting one. */
const orphanAfter: Millis = 120_000;
const actWithin: Millis = 30_000;

/** The append came too late after its mark; nothing was written. */
class MarkGrownOld extends Error {
  override readonly name = 'MarkGrownOld';
}

export const createSessionChanges = (options: {
  readonly bus: CommandBus;
  readonly records: SessionRecords;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly refreshTtl: Millis;
}): SessionChanges => {
  const { bus, records, clock, ids, refreshTtl } = options;

  const followed: SessionChanges['followed'] = async (userId, record) => {
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

  /** While a mark is on the record the stream is read; marks of the dead are wiped off. */
  const current: SessionChanges['current'] = async (userId) => {
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
  const changeOnce: SessionChanges['change'] = async (execute, userId, decide, executeOptions) => {
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
  const change: SessionChanges['change'] = async (...args) => {
    for (;;) {
      try {
        return await changeOnce(...args);
      } catch (error) {
        if (!(error instanceof MarkGrownOld)) throw error;
      }
    }
  };

  return { current, followed, change };
};
