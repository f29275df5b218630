import { assert } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { systemClock } from '../../src/core/clock.ts';
import { LogUnavailable } from '../../src/ports/event-log.ts';
import { aStream, eventLogContract, events, type LogUnderTest } from './event-log.contract.ts';

const underTest =
  (settings: { readonly segmentBytes?: number; readonly recentBytes?: number }) =>
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
  it('decides appends in the order of the calls, before the first of them is durable', async () => {
    const under = await underTest({})();
    const stream = aStream();
    const appends = [under.log.append(stream, 'no_stream', events(1))];
    for (let revision = 0; revision < 50; revision += 1)
      appends.push(under.log.append(stream, revision, events(1)));
    const answers = await Promise.all(appends);
    assert.deepEqual(
      answers.map(({ revision }) => revision),
      Array.from({ length: 51 }, (_, revision) => revision),
    );
    await under.dispose();
  });
});
