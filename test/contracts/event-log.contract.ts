import { randomBytes, randomUUID } from 'node:crypto';
import { assert } from 'chai';
import type { CommandId, EventId, StreamName, UserId } from '../../src/core/ids.ts';
import type { Position } from '../../src/core/position.ts';
import {
  AppendRefused,
  LogUnavailable,
  maxBatchBytes,
  WrongExpectedRevision,
  type EventLog,
  type NewEvent,
  type RecordedEvent,
} from '../../src/ports/event-log.ts';

/** A log that nobody else writes, with what the suite needs to leave and come back. */
export interface LogUnderTest {
  readonly log: EventLog;
  /** The same log, closed and opened again. */
  reopen(): Promise<EventLog>;
  dispose(): Promise<void>;
}

export const anEvent = (fields: Partial<NewEvent> = {}): NewEvent => ({
  id: randomUUID() as string as EventId,
  type: 'ThingHappened',
  schemaVersion: 1,
  metadata: {
    commandId: randomUUID() as string as CommandId,
    actor: randomUUID() as string as UserId,
    correlationId: 'request-1',
    causationId: 'request-1',
  },
  data: { text: 'what happened', count: 1 },
  ...fields,
});

export const events = (count: number): readonly NewEvent[] => Array.from({ length: count }, () => anEvent());
export const aStream = (kind = 'thing'): StreamName => `${kind}-${randomUUID()}` as StreamName;

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => assert.fail('It was expected to fail.'),
    (error: unknown) => error,
  );

const idsOf = (found: readonly { readonly id: string }[]): readonly string[] => found.map(({ id }) => id);

const wrongRevision = async (promise: Promise<unknown>, actual: number | 'no_stream'): Promise<void> => {
  const error = await failure(promise);
  assert.instanceOf(error, WrongExpectedRevision);
  assert.strictEqual(error.actual, actual);
};

const refused = async (promise: Promise<unknown>): Promise<void> =>
  assert.instanceOf(await failure(promise), AppendRefused);

/** Everything behind `after`, page by page. */
export const readToEnd = async (
  log: EventLog,
  after: Position,
  limit = 1000,
): Promise<readonly RecordedEvent[]> => {
  const all: RecordedEvent[] = [];
  for (let last = after; ;) {
    const page = await log.readAll({ after: last, limit });
    if (page.length === 0) return all;
    all.push(...page);
    last = page.at(-1)!.position;
  }
};

/** Follows until `enough` events came, then aborts; answers the batches. */
const followUntil = async (
  log: EventLog,
  after: Position,
  enough: number,
): Promise<readonly (readonly RecordedEvent[])[]> => {
  const stop = new AbortController();
  const batches: (readonly RecordedEvent[])[] = [];
  let count = 0;
  for await (const batch of log.follow(after, stop.signal)) {
    batches.push(batch);
    count += batch.length;
    if (count >= enough) stop.abort();
  }
  return batches;
};

/** The specification of `ports/event-log.ts`, sentence by sentence, for any adapter. */
export const eventLogContract = (name: string, open: () => Promise<LogUnderTest>): void => {
  describe(`The event log of ${name}`, () => {
    let under: LogUnderTest;
    let log: EventLog;
    let before: Position;

    beforeEach(async () => {
      under = await open();
      ({ log } = under);
      before = await log.head();
    });
    afterEach(() => under.dispose());

    const stored = async (stream: StreamName): Promise<readonly RecordedEvent[]> =>
      log.readStream(stream, { limit: 4096 });

    describe('1. writes a whole batch or nothing', () => {
      it('at consecutive revisions and increasing positions', async () => {
        const stream = aStream();
        const batch = events(5);
        const first = await log.append(stream, 'no_stream', batch);
        const second = await log.append(stream, 4, events(2));
        assert.strictEqual(first.revision, 4);
        assert.strictEqual(second.revision, 6);
        const found = await stored(stream);
        assert.deepEqual(
          found.map(({ revision }) => revision),
          [0, 1, 2, 3, 4, 5, 6],
        );
        for (let index = 1; index < found.length; index += 1) {
          assert.isTrue(found[index]!.position > found[index - 1]!.position);
        }
        assert.isTrue(first.position >= found[4]!.position && first.position < found[5]!.position);
        assert.isTrue(second.position >= found[6]!.position);
      });

      it('and nothing of a batch that is too large, empty, or without a type or stream', async () => {
        const stream = aStream();
        const half = anEvent({ data: { text: randomBytes(maxBatchBytes / 3).toString('hex') } });
        await refused(
          log.append(stream, 'no_stream', [
            anEvent(),
            half,
            { ...half, id: randomUUID() as string as EventId },
          ]),
        );
        await refused(log.append(stream, 'no_stream', []));
        await refused(log.append(stream, 'no_stream', [anEvent(), anEvent({ type: '' })]));
        await refused(log.append('' as StreamName, 'no_stream', events(1)));
        assert.deepEqual(await stored(stream), []);
        assert.strictEqual(await log.head(), before);
        await log.append(stream, 'no_stream', [half]);
        assert.lengthOf(await stored(stream), 1);
      });
    });

    it('2. acknowledges after the event is durable, so it is there when the log is opened again', async () => {
      const stream = aStream();
      const batch = events(3);
      await log.append(stream, 'no_stream', batch);
      const seen = await stored(stream);
      const again = await under.reopen();
      assert.deepEqual(await again.readStream(stream, { limit: 10 }), seen);
      assert.deepEqual(await readToEnd(again, before), seen);
      assert.strictEqual((await again.append(stream, 2, events(1))).revision, 3);
    });

    it('3. refuses an append whose expected revision is not the stream’s, and writes nothing', async () => {
      const stream = aStream();
      await wrongRevision(log.append(stream, 0, events(1)), 'no_stream');
      await log.append(stream, 'no_stream', events(2));
      await wrongRevision(log.append(stream, 'no_stream', events(1)), 1);
      await wrongRevision(log.append(stream, 0, events(3)), 1);
      await wrongRevision(log.append(stream, 2, events(1)), 1);
      assert.lengthOf(await stored(stream), 2);
    });

    describe('4. lets exactly one win', () => {
      it('of many that race for one expected revision, and shows the winner to the losers', async () => {
        const stream = aStream();
        for (const expected of ['no_stream', 0, 1] as const) {
          const lost = await Promise.all(
            Array.from({ length: 32 }, async () => {
              try {
                await log.append(stream, expected, events(1));
                return 0;
              } catch (error) {
                assert.instanceOf(error, WrongExpectedRevision);
                assert.lengthOf(await stored(stream), expected === 'no_stream' ? 1 : expected + 2);
                return 1;
              }
            }),
          );
          assert.strictEqual(
            lost.reduce<number>((sum, one) => sum + one, 0),
            31,
          );
        }
        assert.lengthOf(await stored(stream), 3);
      });
    });

    describe('5. recognises the same ids with the same expected revision as a repeat', () => {
      it('answers as the first time and writes nothing, whatever the bytes are', async () => {
        const stream = aStream();
        const first = events(2);
        const answer = await log.append(stream, 'no_stream', first);
        const repeat = first.map((event) => ({ ...event, data: { other: 'bytes' } }));
        assert.deepEqual(await log.append(stream, 'no_stream', repeat), answer);
        assert.deepEqual(
          (await stored(stream)).map(({ data }) => data),
          first.map(({ data }) => data),
        );
      });

      it('also while the first is under way', async () => {
        const stream = aStream();
        const batch = events(2);
        const answers = await Promise.all(
          Array.from({ length: 8 }, () => log.append(stream, 'no_stream', batch)),
        );
        for (const answer of answers) assert.deepEqual(answer, answers[0]);
        assert.lengthOf(await stored(stream), 2);
      });

      it('also when the stream has moved on, and after a restart', async () => {
        const stream = aStream();
        const first = events(2);
        const second = events(1);
        const firstAnswer = await log.append(stream, 'no_stream', first);
        const secondAnswer = await log.append(stream, 1, second);
        await log.append(stream, 2, events(3));
        assert.deepEqual(await log.append(stream, 'no_stream', first), firstAnswer);
        const again = await under.reopen();
        assert.deepEqual(await again.append(stream, 'no_stream', first), firstAnswer);
        assert.deepEqual(await again.append(stream, 1, second), secondAnswer);
        assert.lengthOf(await again.readStream(stream, { limit: 10 }), 6);
        assert.lengthOf(await readToEnd(again, before), 6);
      });

      it('but not part of a batch, nor the ids in another order, nor more than there were', async () => {
        const stream = aStream();
        const [a, b] = events(2) as [NewEvent, NewEvent];
        await log.append(stream, 'no_stream', [a, b]);
        await wrongRevision(log.append(stream, 'no_stream', [b, a]), 1);
        await wrongRevision(log.append(stream, 'no_stream', [a, b, anEvent()]), 1);
        await wrongRevision(log.append(stream, 'no_stream', [b]), 1);
      });
    });

    describe('6. keeps (stream, event id) unique', () => {
      it('refuses a batch that mixes old ids with new ones, by its revision first', async () => {
        const stream = aStream();
        const old = anEvent();
        await log.append(stream, 'no_stream', [old]);
        await log.append(stream, 0, events(1));
        await wrongRevision(log.append(stream, 0, [old, anEvent()]), 1);
        await wrongRevision(log.append(stream, 'no_stream', [old, anEvent()]), 1);
        await refused(log.append(stream, 1, [anEvent(), old]));
        await refused(log.append(stream, 1, [old]));
        const again = await under.reopen();
        await refused(again.append(stream, 1, [anEvent(), old]));
        assert.lengthOf(await again.readStream(stream, { limit: 10 }), 2);
      });

      it('refuses a batch that holds one id twice', async () => {
        const stream = aStream();
        const twice = anEvent();
        await refused(log.append(stream, 'no_stream', [twice, anEvent(), twice]));
        await wrongRevision(log.append(stream, 3, [twice, twice]), 'no_stream');
        await log.append(stream, 'no_stream', events(1));
        await refused(log.append(stream, 0, [twice, twice]));
        assert.lengthOf(await stored(stream), 1);
      });

      it('and lets another stream have the same id', async () => {
        const event = anEvent();
        await log.append(aStream(), 'no_stream', [event]);
        await log.append(aStream(), 'no_stream', [event]);
        assert.lengthOf(await readToEnd(log, before), 2);
      });
    });

    describe('7. reads a stream', () => {
      it('in the asked direction, from the asked revision on', async () => {
        const stream = aStream();
        const batch = events(6);
        await log.append(stream, 'no_stream', batch.slice(0, 4));
        await log.append(stream, 3, batch.slice(4));
        const read = async (from: number | undefined, direction: 'forwards' | 'backwards', limit: number) =>
          idsOf(
            await log.readStream(
              stream,
              from === undefined ? { direction, limit } : { from, direction, limit },
            ),
          );
        const ids = idsOf(batch) as readonly [string, string, string, string, string, string];
        assert.deepEqual(await read(undefined, 'forwards', 10), ids);
        assert.deepEqual(await read(1, 'forwards', 3), ids.slice(1, 4));
        assert.deepEqual(await read(5, 'forwards', 3), ids.slice(5));
        assert.deepEqual(await read(undefined, 'backwards', 10), ids.toReversed());
        assert.deepEqual(await read(undefined, 'backwards', 2), [ids[5], ids[4]]);
        assert.deepEqual(await read(3, 'backwards', 2), [ids[3], ids[2]]);
        assert.deepEqual(await read(0, 'backwards', 2), [ids[0]]);
        assert.deepEqual(await read(99, 'backwards', 1), [ids[5]]);
      });

      it('answers nothing where there is no stream, or past its end', async () => {
        const stream = aStream();
        assert.deepEqual(await log.readStream(stream, { limit: 10 }), []);
        assert.deepEqual(await log.readStream(stream, { limit: 10, direction: 'backwards' }), []);
        await log.append(stream, 'no_stream', events(2));
        assert.deepEqual(await log.readStream(stream, { from: 2, limit: 10 }), []);
        assert.deepEqual(await log.readStream(aStream(), { limit: 10 }), []);
      });

      it('reads a long stream in pages', async () => {
        const stream = aStream();
        for (let batch = 0; batch < 300; batch += 1) {
          await log.append(stream, batch === 0 ? 'no_stream' : batch * 10 - 1, events(10));
        }
        const found: RecordedEvent[] = [];
        for (let page = await log.readStream(stream, { limit: 700 }); page.length > 0;) {
          found.push(...page);
          page = await log.readStream(stream, { from: found.length, limit: 700 });
        }
        assert.deepEqual(
          found.map(({ revision }) => revision),
          Array.from({ length: 3000 }, (_, revision) => revision),
        );
      });
    });

    describe('8. answers in the order of positions, exclusive of the one asked after', () => {
      const write = async (count: number): Promise<readonly string[]> => {
        const streams = [aStream(), aStream(), aStream()];
        const ids: string[] = [];
        for (let batch = 0; batch < count; batch += 1) {
          const made = events(1 + (batch % 3));
          const stream = streams[batch % 3]!;
          const last = (await log.readStream(stream, { direction: 'backwards', limit: 1 }))[0];
          await log.append(stream, last?.revision ?? 'no_stream', made);
          ids.push(...idsOf(made));
        }
        return ids;
      };

      it('by readAll, whatever the limit is', async () => {
        const ids = await write(12);
        for (const limit of [1, 2, 5, 4096])
          assert.deepEqual(idsOf(await readToEnd(log, before, limit)), ids);
        const all = await readToEnd(log, before);
        for (const [index, event] of all.entries()) {
          assert.deepEqual(
            idsOf(await log.readAll({ after: event.position, limit: 2 })),
            ids.slice(index + 1, index + 3),
          );
        }
      });

      it('by follow, from anywhere', async () => {
        const ids = await write(12);
        const all = (await followUntil(log, before, ids.length)).flat();
        assert.deepEqual(idsOf(all), ids);
        const behind = (await followUntil(log, all[4]!.position, ids.length - 5)).flat();
        assert.deepEqual(idsOf(behind), ids.slice(5));
      });
    });

    describe('9. follow', () => {
      it('goes on with live events, in batches of at most 1,024', async () => {
        const stream = aStream();
        await log.append(stream, 'no_stream', events(1500));
        const following = followUntil(log, before, 4500);
        await log.append(stream, 1499, events(1500));
        await log.append(stream, 2999, events(1500));
        const batches = await following;
        assert.isTrue(batches.every(({ length }) => length > 0 && length <= 1024));
        assert.deepEqual(
          batches.flat().map(({ revision }) => revision),
          Array.from({ length: 4500 }, (_, revision) => revision),
        );
      });

      it('ends without an error when its signal aborts, waiting or not', async () => {
        await log.append(aStream(), 'no_stream', events(3));
        const waiting = new AbortController();
        const seen: RecordedEvent[] = [];
        for await (const batch of log.follow(before, waiting.signal)) {
          seen.push(...batch);
          if (seen.length === 3) setImmediate(() => waiting.abort());
        }
        assert.lengthOf(seen, 3);
        for await (const batch of log.follow(before, AbortSignal.abort()))
          assert.fail(`${batch.length} events after the abort`);
      });

      it('loses nothing for a slow consumer, which slows nobody else', async () => {
        const stop = new AbortController();
        const slow = log.follow(before, stop.signal)[Symbol.asyncIterator]();
        await log.append(aStream(), 'no_stream', events(2));
        const first = await slow.next();
        const quick = followUntil(log, before, 1002);
        const ids = idsOf(first.value as readonly RecordedEvent[]).slice();
        const expected: string[] = [...ids];
        for (let index = 0; index < 1000; index += 100) {
          const made = Array.from({ length: 100 }, () => anEvent());
          await Promise.all(made.map((event) => log.append(aStream(), 'no_stream', [event])));
        }
        expected.push(...idsOf(await quick.then((batches) => batches.flat())).slice(expected.length));
        while (ids.length < 1002) ids.push(...idsOf((await slow.next()).value as readonly RecordedEvent[]));
        assert.deepEqual(ids, expected);
        assert.lengthOf(new Set(ids), 1002);
        stop.abort();
        assert.isTrue((await slow.next()).done);
      });
    });

    it('10. shows readers and followers only what stays', async () => {
      const stream = aStream();
      const seen = followUntil(log, before, 200);
      const reads: Promise<readonly RecordedEvent[]>[] = [];
      for (let revision = 0; revision < 200; revision += 1) {
        const appended = log.append(stream, revision === 0 ? 'no_stream' : revision - 1, events(1));
        reads.push(log.readAll({ after: before, limit: 1000 }), stored(stream));
        await appended;
      }
      const [followed, found] = await Promise.all([seen, Promise.all(reads)]);
      const all = await readToEnd(await under.reopen(), before);
      assert.deepEqual(followed.flat(), [...all]);
      for (const read of found) assert.deepEqual(read, all.slice(0, read.length));
    });

    it('11. has the last durable event as its head', async () => {
      assert.strictEqual(before, 0n);
      const { position } = await log.append(aStream(), 'no_stream', events(3));
      const head = await log.head();
      const all = await readToEnd(log, before);
      assert.strictEqual(head, all.at(-1)!.position);
      assert.isTrue(position >= head);
      assert.strictEqual(await (await under.reopen()).head(), head);
    });

    it('12. records events deeply the same as they were appended', async () => {
      const stream = aStream('þing é€😀');
      const rich = anEvent({
        type: 'RichThing',
        schemaVersion: 7,
        metadata: {
          commandId: randomUUID() as string as CommandId,
          requestMac: 'bWFj',
          actor: null,
          correlationId: 'quote " and \\ and \n',
          causationId: 'é€😀',
        },
        data: {
          nothing: null,
          yes: true,
          nested: { list: [1, -0.5, 1e300, 'x', { deep: [[]] }], empty: {} },
          text: '\u0000 é € 😀 \ud800 "\\',
          constructor: 'plain',
        },
        box: { subject: randomUUID() as string as UserId, keyId: 'k1', nonce: 'bm9uY2U=', text: 'dGV4dA==' },
      });
      const plain = anEvent({ data: {} });
      await log.append(stream, 'no_stream', [rich, plain]);
      const check = (found: readonly RecordedEvent[]): void => {
        assert.lengthOf(found, 2);
        for (const [index, event] of [rich, plain].entries()) {
          const { stream: of, revision, position, recordedAt, ...rest } = found[index]!;
          assert.deepEqual(rest, event);
          assert.strictEqual(of, stream);
          assert.strictEqual(revision, index);
          assert.isTrue(position > before);
          assert.match(recordedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        }
        assert.notProperty(found[1]!, 'box');
      };
      check(await stored(stream));
      check(await log.readAll({ after: before, limit: 10 }));
      const again = await under.reopen();
      check(await again.readStream(stream, { limit: 10 }));
      check(await again.readAll({ after: before, limit: 10 }));
    });

    it('13. finishes appends under way when it is closed, and then refuses every call', async () => {
      const stream = aStream();
      const waiting = failure(
        (async () => {
          for await (const batch of log.follow(before, new AbortController().signal))
            assert.isAbove(batch.length, 0);
        })(),
      );
      const append = log.append(stream, 'no_stream', events(1));
      await Promise.all([log.close(), append]);
      const calls: readonly (() => Promise<unknown>)[] = [
        () => log.append(stream, 0, events(1)),
        () => log.readStream(stream, { limit: 1 }),
        () => log.readAll({ after: before, limit: 1 }),
        () => log.follow(before, new AbortController().signal)[Symbol.asyncIterator]().next(),
        () => log.head(),
        () => log.close(),
        () => waiting.then((error) => Promise.reject(error as Error)),
      ];
      for (const call of calls) {
        const error = await failure(call());
        assert.instanceOf(error, LogUnavailable);
        assert.strictEqual(error.reason, 'closed');
      }
      assert.lengthOf(await (await under.reopen()).readStream(stream, { limit: 10 }), 1);
    });
  });
};
