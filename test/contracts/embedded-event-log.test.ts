import { assert } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { systemClock } from '../../src/core/clock.ts';
import { AppendRefused, LogUnavailable, type Appended } from '../../src/ports/event-log.ts';
import { aStream, eventLogContract, events, type LogUnderTest } from './event-log.contract.ts';

const underTest =
  (settings: {
    readonly segmentBytes?: number;
    readonly recentBytes?: number;
    readonly movesPerFlush?: number;
  }) =>
  async (): Promise<LogUnderTest> => {
    const directory = await mkdtemp(join(tmpdir(), 'storyline-'));
    const open = () => openEventLog({ directory, clock: systemClock, ...settings });
    const log = await open();
    let current = log;
    const close = () =>
      current.close().catch((error: unknown) => {
        if (!(error instanceof LogUnavailable)) throw error;
      });
    return {
      log,
      reopen: async () => {
        await close();
        current = await open();
        return current;
      },
      dispose: async () => {
        await close();
        await rm(directory, { recursive: true });
      },
    };
  };

eventLogContract('the embedded engine', underTest({}));
eventLogContract(
  'the embedded engine, with nothing in memory and tiny segments',
  underTest({ segmentBytes: 4096, recentBytes: 0 }),
);

describe('The event log of the embedded engine, beyond the contract,', () => {
  for (const count of [1, 40, 1500]) {
    it(`decides appends in the order of the calls, before the first is durable, in a stream of ${count}`, async () => {
      const under = await underTest({})();
      const stream = aStream();
      const old = events(count);
      await under.log.append(stream, 'no_stream', old);
      const log = await under.reopen();
      const appends: Promise<Appended>[] = [];
      for (let revision = count - 1; revision < count + 49; revision += 1)
        appends.push(log.append(stream, revision, events(1)));
      const answers = await Promise.all(appends);
      assert.deepEqual(
        answers.map(({ revision }) => revision),
        Array.from({ length: 50 }, (_, index) => count + index),
      );
      const known = await log.append(stream, count + 49, [old[0]!]).catch((error: unknown) => error);
      assert.instanceOf(known, AppendRefused);
      await under.dispose();
    });
  }

  it('finds each of 8,000 streams while its index grows, and after a restart', async () => {
    const under = await underTest({ movesPerFlush: 500 })();
    const streams = Array.from({ length: 8000 }, () => aStream());
    for (let from = 0; from < streams.length; from += 1000) {
      await Promise.all(
        streams.slice(from, from + 1000).map((stream) => under.log.append(stream, 'no_stream', events(1))),
      );
    }
    await Promise.all(streams.map((stream) => under.log.append(stream, 0, events(1))));
    const log = await under.reopen();
    for (const stream of streams) assert.lengthOf(await log.readStream(stream, { limit: 10 }), 2);
    await under.dispose();
  });
});
