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
import { Model, randomAppend } from '../contracts/event-log-model.ts';
import { between, seeded } from './seeded.ts';

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
