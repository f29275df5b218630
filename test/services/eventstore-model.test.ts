import { assert } from 'chai';
import { openEventStoreLog } from '../../src/adapters/services/eventstore/eventstore-log.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import type { EventId, StreamName } from '../../src/core/ids.ts';
import { start } from '../../src/core/position.ts';
import {
  AppendRefused,
  WrongExpectedRevision,
  type Appended,
  type EventLog,
  type RecordedEvent,
} from '../../src/ports/event-log.ts';
import { anEvent, readToEnd } from '../contracts/event-log.contract.ts';
import { Model, randomAppend } from '../contracts/event-log-model.ts';
import { between, seeded } from '../faults/seeded.ts';
import { serviceUrl } from './services.ts';

type Answer = Appended | string;

const told = (error: unknown): string => {
  if (error instanceof WrongExpectedRevision) return `wrong, at ${error.actual}`;
  if (error instanceof AppendRefused) return 'refused';
  throw error;
};

const nameOf = ({ stream, id }: RecordedEvent): string => `${stream} ${id}`;

/** The embedded log is compared with this model too (`test/faults/log-model.test.ts`), and so the two with each other. */
describe('A log in EventStoreDB under random commands', function () {
  this.timeout(60_000);

  const compareReads = async (log: EventLog, model: Model, random: () => number): Promise<void> => {
    const stream = `thing-${between(random, 1, 16)}` as StreamName;
    const from = random() < 0.3 ? undefined : between(random, 0, 40);
    const direction = random() < 0.5 ? 'forwards' : 'backwards';
    const limit = between(random, 1, 20);
    const asked =
      from === undefined ? ({ direction, limit } as const) : ({ from, direction, limit } as const);
    const found = await log.readStream(stream, asked);
    assert.deepEqual(
      found.map(({ id }) => id as string),
      model.read(stream, from, direction === 'backwards', limit),
    );
  };

  /** Its positions have gaps: they are compared by the event that stands there. */
  const compareAnswers = (
    expected: readonly string[],
    answers: readonly Answer[],
    order: readonly RecordedEvent[],
  ): void => {
    const places = new Map(order.map(({ position }, index) => [position, index + 1]));
    assert.deepEqual(
      answers.map((answer) =>
        typeof answer === 'string'
          ? answer
          : `at ${answer.revision}, position ${places.get(answer.position)}`,
      ),
      expected,
    );
  };

  for (const seed of [1, 2, 3]) {
    it(`answers as the simplest model does (seed ${seed})`, async () => {
      const options = { url: serviceUrl('EVENTSTORE_URL'), clock: systemClock, chance: systemChance };
      const prefix = `storyline-test-${systemChance.bytes(6).toString('hex')}:`;
      const open = () => openEventStoreLog({ ...options, prefix });
      const random = seeded(seed);
      const model = new Model();
      const expected: string[] = [];
      const answers: Answer[] = [];
      let log = await open();
      for (let round = 0; round < 400; round += 1) {
        const append = randomAppend(random, model);
        const batch = append.ids.map((id) => anEvent({ id: id as EventId }));
        expected.push(model.append(append.stream, append.expected, append.ids));
        answers.push(await log.append(append.stream, append.expected, batch).catch(told));
        if (random() < 0.3) await compareReads(log, model, random);
        if (random() < 0.02) {
          await log.close();
          log = await open();
        }
      }
      const order = await readToEnd(log, start, 50);
      assert.deepEqual(order.map(nameOf), model.all);
      compareAnswers(expected, answers, order);
      for (let page = 0; page < 20; page += 1) {
        const after = between(random, 0, order.length - 1);
        const limit = between(random, 1, 20);
        const found = await log.readAll({ after: order[after]!.position, limit });
        assert.deepEqual(found, order.slice(after + 1, after + 1 + limit));
      }
      assert.strictEqual(await log.head(), order.at(-1)!.position);
      await log.close();
    });
  }
});
