import { open, stat, type FileHandle } from 'node:fs/promises';
import { backOff } from '../core/back-off.ts';
import type { Chance, Clock, Millis } from '../core/clock.ts';
import { formatPosition, parsePosition, start, type Position } from '../core/position.ts';
import type { AnyEvent } from '../events/all.ts';
import { isUndecodable, type EventCodec, type Recorded } from '../events/codec.ts';
import { recordChanges, recordChangingTypes } from '../events/record-changes.ts';
import type { EventLog, RecordedEvent } from '../ports/event-log.ts';
import type { Logger } from '../ports/logger.ts';
import type { Collection, ReadStore } from '../ports/read-store.ts';
import { reactionCollection } from './run.ts';

/** Where the file ends: after so many lines of the event at `position`. */
interface End {
  readonly position: Position;
  readonly lines: number;
}

export interface AppLog {
  /** Everything up to here is in the file. */
  position(): Position;
  /** Finishes the lines under way. */
  stop(): Promise<void>;
}

/** One event has far fewer bytes of lines, so its first line is always within. */
const tailBytes = 1 << 20;

const newline = 0x0a;

/** Lines of this long are written together: under load that is a tenth of the writes. */
const gatherFor: Millis = 25;
const mostAtTheEnd = 4_096;

const positionOf = (logId: string, line: string): Position | undefined => {
  try {
    const { position } = JSON.parse(line) as { readonly position?: unknown };
    const parsed = typeof position === 'string' ? parsePosition(logId, position) : 'malformed';
    return typeof parsed === 'bigint' ? parsed : undefined;
  } catch {
    return undefined;
  }
};

/** Reads where the file ends and cuts off what a crash left of a line. */
const mendTail = async (file: FileHandle, logId: string): Promise<End | undefined> => {
  const { size } = await file.stat();
  const from = Math.max(0, size - tailBytes);
  const tail = Buffer.alloc(size - from);
  await file.read(tail, 0, tail.length, from);
  const whole = tail.lastIndexOf(newline) + 1;
  if (whole < tail.length) await file.truncate(from + whole);
  const positions = tail
    .subarray(0, whole)
    .toString('utf8')
    .split('\n')
    .map((line) => positionOf(logId, line))
    .filter((position) => position !== undefined);
  const position = positions.at(-1);
  if (position === undefined) return undefined;
  return { position, lines: positions.filter((other) => other === position).length };
};

const linesOf = (logId: string, { event, position, recordedAt, metadata }: Recorded): readonly string[] =>
  recordChanges(event as AnyEvent).map(
    ({ entity, id, action }) =>
      `${JSON.stringify({
        time: recordedAt,
        entity,
        id,
        action,
        actor: metadata.actor,
        position: formatPosition(logId, position),
      })}\n`,
  );

/**
 * A path that never was writable is a wrong value, said at the start; what hinders writing later is waited out.
 * @throws Error that names the variable, its value and what is allowed
 */
export const checkAppLog = async (path: string): Promise<void> => {
  try {
    await (await open(path, 'a+', 0o640)).close();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`APP_LOG is "${path}", but must be a file that can be written to: ${reason}.`, {
      cause: error,
    });
  }
};

/**
 * Writes `app.log`: one JSON line for each record that was created, updated or deleted, ids only, in the log's order.
 * One writer a file. At start it goes on behind the file's last whole line; a file that is not there or empty was
 * rotated, and then the checkpoint says how far it went. Rotation by moving the file away is noticed while it runs.
 */
export const startAppLog = (options: {
  readonly log: EventLog;
  readonly codec: EventCodec;
  readonly store: ReadStore;
  readonly path: string;
  readonly logId: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: Logger;
}): AppLog => {
  const { log, codec, store, path, logId, clock, chance, logger } = options;
  const stopping = new AbortController();
  let collection: Collection<object>;
  let file: FileHandle | undefined;
  let done = start;
  let failures = 0;

  const begin = async (): Promise<End> => {
    collection = await reactionCollection(store, 'app-log@1');
    file = await open(path, 'a+', 0o640);
    const end = await mendTail(file, logId);
    return end ?? { position: (await collection.checkpoint(0)) ?? start, lines: Infinity };
  };

  const reopenIfMoved = async (): Promise<void> => {
    const there = await stat(path).catch(() => undefined);
    if (there?.ino === (await file!.stat()).ino) return;
    await file!.close();
    file = await open(path, 'a+', 0o640);
  };

  const write = async (records: readonly RecordedEvent[], end: End): Promise<void> => {
    const wanted = records.filter(({ type }) => recordChangingTypes.has(type));
    const opened = await codec.open(wanted, { personal: false });
    const lines: string[] = [];
    for (const recorded of opened) {
      if (isUndecodable(recorded)) {
        logger.error({ undecodable: recorded }, 'An event that cannot be read has no line in the app log');
        continue;
      }
      const all = linesOf(logId, recorded);
      lines.push(...(recorded.position === end.position ? all.slice(end.lines) : all));
    }
    const position = records.at(-1)!.position;
    if (lines.length > 0) {
      await reopenIfMoved();
      await file!.appendFile(lines.join(''));
      await collection.write([], { partition: 0, position });
    }
    done = position;
  };

  const follow = async (): Promise<void> => {
    const end = await begin();
    // The last event may have got only some of its lines.
    const after = end.position === start ? start : ((end.position - 1n) as Position);
    done = after;
    const take = async (batch: readonly RecordedEvent[]): Promise<void> => {
      const records = batch.filter(({ position }) => position > end.position || end.lines !== Infinity);
      if (records.length > 0) await write(records, end);
      failures = 0;
    };
    for await (const batch of log.follow(after, stopping.signal)) {
      await take(batch);
      await clock.sleep(gatherFor, stopping.signal);
    }
    // What came in while it waited; more than that is written after the next start.
    await take(await log.readAll({ after: done, limit: mostAtTheEnd }));
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        await follow();
      } catch (error) {
        failures += 1;
        logger.warn({ appLog: path, failures, error }, 'The app log could not be written and is tried again');
        await clock.sleep(backOff(failures, chance), stopping.signal);
      } finally {
        await file?.close().catch(() => undefined);
        file = undefined;
      }
    }
  };

  const running = run();
  return {
    position: () => done,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
