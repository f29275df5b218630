import type { Clock } from '../core/clock.ts';
import type { EventCodec } from '../events/codec.ts';
import type { EventLog } from '../ports/event-log.ts';

/** What operations work with: the engines of the one process that owns the data directory. */
export interface Engines {
  readonly log: EventLog;
  readonly logId: string;
  readonly codec: EventCodec;
  readonly clock: Clock;
}
