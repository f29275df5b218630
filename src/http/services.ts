import type { CommandBus } from '../commands/execute.ts';
import type { Chance, Clock } from '../core/clock.ts';
import type { Ids } from '../core/ids.ts';
import type { EphemeralStore } from '../ports/ephemeral-store.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { ReadModels } from '../projections/all.ts';

/** Everything that route handlers may use, made once in `compose.ts`. */
export interface Services {
  readonly bus: CommandBus;
  readonly models: ReadModels;
  readonly log: EventLog;
  readonly logId: string;
  readonly ephemeral: EphemeralStore;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly ids: Ids;
}
