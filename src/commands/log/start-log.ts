import type { Instant } from '../../core/clock.ts';
import { ok, type Result } from '../../core/result.ts';
import type { LogEvent, LogId } from '../../events/log.ts';
import type { Log } from './log.ts';

/** Gives a new log its id; a log that has one keeps it. */
export const startLog = (
  state: Log,
  { logId, at }: { logId: LogId; at: Instant },
): Result<readonly LogEvent[], never> =>
  ok(state.is === 'started' ? [] : [{ type: 'LogStarted', v: 1, logId, at }]);
