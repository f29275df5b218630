import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { openEventLog, type EmbeddedEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { EventId, StreamName } from '../../src/core/ids.ts';
import { start, type Position } from '../../src/core/position.ts';
import {
  AppendRefused,
  WrongExpectedRevision,
  type EventLog,
  type ExpectedRevision,
  type NewEvent,
  type RecordedEvent,
} from '../../src/ports/event-log.ts';
import { anEvent, readToEnd } from '../contracts/event-log.contract.ts';
import { between, seeded } from './seeded.ts';

/** The log as simply as it can be said: a list. */
class Model {
  readonly all: string[] = [];
  readonly #streams = new Map<string, { readonly id: string; readonly position: number }[]>();

  append(stream: string, expected: ExpectedRevision, ids: readonly string[]): string {
    const events = this.#streams.get(stream) ?? [];
    const actual = events.length === 0 ? 'no_stream' : events.length - 1;
    if (expected !== actual) return this.#repeat(events, expected, ids) ?? `wrong, at ${actual}`;
    if (new Set(ids).size < ids.length || events.some(({ id }) => ids.includes(id))) return 'refused';
    for (const id of ids) events.push({ id, position: this.all.push(`${stream} ${id}`) });
    this.#streams.set(stream, events);
    return `at ${events.length - 1}, position ${this.all.length}`;
  }

  #repeat(
    events: readonly { id: string; position: number }[],
    expected: ExpectedRevision,
    ids: readonly string[],
  ) {
    const first = expected === 'no_stream' ? 0 : expected + 1;
    const last = first + ids.length - 1;
    if (last >= events.length || ids.some((id, index) => events[first + index]!.id !== id)) return undefined;
    return `at ${last}, position ${events[last]!.position}`;
  }

  read(stream: string, from: number | undefined, backwards: boolean, limit: number): readonly string[] {
    const ids = (this.#streams.get(stream) ?? []).map(({ id }) => id);
    if (!backwards) return ids.slice(from ?? 0, (from ?? 0) + limit);
    return ids
      .slice(0, (from ?? ids.length) + 1)
      .reverse()
      .slice(0, limit);
  }

  ids(stream: string): readonly string[] {
    return this.read(stream, 0, false, Infinity);
  }
}

const answerOf = async (
  log: EventLog,
  stream: StreamName,
  expected: ExpectedRevision,
  batch: readonly NewEvent[],
) => {
  try {
    const { revision, position } = await log.append(stream, expected, batch);
    return `at ${revision}, position ${position}`;
  } catch (error) {
    if (error instanceof WrongExpectedRevision) return `wrong, at ${error.actual}`;
    if (error instanceof AppendRefused) return 'refused';
    throw error;
  }
};

/** Appends of every kind: right, wrong, repeated, mixed with old ids, with an id twice. */
const randomAppend = (random: () => number, model: Model) => {
  const stream = `thing-${between(random, 1, 15)}` as StreamName;
  const known = model.ids(stream);
  const fresh = (): string => `e${Math.floor(random() * 2 ** 24)}-${model.all.length}`;
  const ids = Array.from({ length: between(random, 1, 4) }, fresh);
  let expected: ExpectedRevision = known.length === 0 ? 'no_stream' : known.length - 1;
  const kind = between(random, 0, 9);
  if (kind === 0) expected = between(random, 0, 1) === 0 ? 'no_stream' : between(random, 0, known.length + 1);
  if (kind === 1) ids[0] = known[between(random, 0, known.length)] ?? fresh();
  if (kind === 2) ids.push(ids[0]!);
  if (kind === 3 || kind === 4) {
    const first = between(random, 0, known.length);
    ids.splice(
      0,
      ids.length,
      ...known.slice(first, first + between(random, 1, 4)),
      ...(kind === 4 ? [fresh()] : []),
    );
    if (ids.length === 0) ids.push(fresh());
    expected = first === 0 ? 'no_stream' : first - 1;
  }
  return { stream, expected, ids };
};

const idOf = ({ id }: RecordedEvent): string => id;

/** Compares random reads, and now and then all of it. */
const compareReads = async (log: EventLog, model: Model, random: () => number): Promise<void> => {
  const stream = `thing-${between(random, 1, 16)}` as StreamName;
  const from = random() < 0.3 ? undefined : between(random, 0, 40);
  const direction = random() < 0.5 ? 'forwards' : 'backwards';
  const limit = between(random, 1, 20);
  const found = await log.readStream(
    stream,
    from === undefined ? { direction, limit } : { from, direction, limit },
  );
  assert.deepEqual(found.map(idOf), model.read(stream, from, direction === 'backwards', limit));
  const after = between(random, 0, model.all.length);
  const page = await log.readAll({ after: BigInt(after) as Position, limit });
  assert.deepEqual(
    page.map((event) => `${event.stream} ${event.id}`),
    model.all.slice(after, after + limit),
  );
  assert.strictEqual(await log.head(), BigInt(model.all.length));
};

describe('A log under random commands', function () {
  this.timeout(60_000);

  for (const [seed, settings] of [
    [1, {}],
    [2, { segmentBytes: 2048, recentBytes: 0, movesPerFlush: 3 }],
    [3, { segmentBytes: 20_000, recentBytes: 40_000, movesPerFlush: 50 }],
  ] as const) {
    it(`answers as the simplest model does (seed ${seed})`, async () => {
      const directory = await mkdtemp(join(tmpdir(), 'storyline-'));
      const open = (): Promise<EmbeddedEventLog> =>
        openEventLog({ directory, clock: systemClock, ...settings });
      const random = seeded(seed);
      const model = new Model();
      let log = await open();
      for (let round = 0; round < 250; round += 1) {
        const appends = Array.from({ length: between(random, 1, 8) }, () => {
          const { stream, expected, ids } = randomAppend(random, model);
          const batch = ids.map((id) =>
            anEvent({ id: id as EventId, data: { text: 'z'.repeat(between(random, 0, 90)) } }),
          );
          return {
            expected: model.append(stream, expected, ids),
            answer: answerOf(log, stream, expected, batch),
          };
        });
        const answers = await Promise.all(appends.map(({ answer }) => answer));
        assert.deepEqual(
          answers,
          appends.map(({ expected }) => expected),
        );
        await compareReads(log, model, random);
        if (random() < 0.05) {
          await log.close();
          log = await open();
        }
      }
      const all = await readToEnd(log, start, 50);
      assert.deepEqual(
        all.map((event) => `${event.stream} ${event.id}`),
        model.all,
      );
      await log.verify();
      await log.close();
      await rm(directory, { recursive: true });
    });
  }
});
