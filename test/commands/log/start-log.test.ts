import { log } from '../../../src/commands/log/log.ts';
import { startLog } from '../../../src/commands/log/start-log.ts';
import type { Instant } from '../../../src/core/clock.ts';
import { deriveId } from '../../../src/core/ids.ts';
import type { LogId } from '../../../src/events/log.ts';
import { given } from '../given.ts';

const at = '2026-11-21T12:00:00.000Z' as Instant;
const [first, second] = [deriveId<LogId>('first'), deriveId<LogId>('second')];
const started = { type: 'LogStarted', v: 1, logId: first, at } as const;

describe('Starting the log', () => {
  it('gives a new log its id', () => {
    given(log)
      .when((state) => startLog(state, { logId: first, at }))
      .then(started);
  });

  it('leaves a log the id that it has', () => {
    given(log, started)
      .when((state) => startLog(state, { logId: second, at }))
      .then();
  });
});
