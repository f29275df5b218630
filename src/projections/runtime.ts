import type { Chance, Clock } from '../core/clock.ts';
import type { EventCodec } from '../events/codec.ts';
import type { EphemeralStore } from '../ports/ephemeral-store.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { Logger } from '../ports/logger.ts';
import type { ReadStore } from '../ports/read-store.ts';
import type { Progress } from './progress.ts';

/** What every runner of a process shares. */
export interface Runtime {
  readonly log: EventLog;
  readonly codec: EventCodec;
  readonly store: ReadStore;
  readonly ephemeral: EphemeralStore;
  readonly progress: Progress;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: Logger;
}
