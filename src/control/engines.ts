import type { KeyObject } from 'node:crypto';
import type { CommandBus } from '../commands/execute.ts';
import type { Sessions } from '../commands/sessions.ts';
import type { Chance, Clock } from '../core/clock.ts';
import type { Ids } from '../core/ids.ts';
import type { Position } from '../core/position.ts';
import type { EventCodec } from '../events/codec.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { projections } from '../projections/all.ts';
import type { Projection } from '../projections/projection.ts';
import type { Supervisor } from '../projections/supervise.ts';

/** The whole log was read. */
export interface CheckedLog {
  readonly events: number;
  /** What was looked at, and what is known of it now: half a sentence for people. */
  readonly finding: string;
}

/** What operations work with: the engines of the one process that owns the data directory. */
export interface Engines {
  readonly dataDir: string;
  readonly log: EventLog;
  readonly logId: string;
  readonly codec: EventCodec;
  readonly bus: CommandBus;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly ids: Ids;
  /** Through which an account must be changed, so that its tokens follow. */
  readonly sessions: Pick<Sessions, 'change'>;
  /** Key of the name reservations. */
  readonly nameKey: KeyObject;
  /** As slow as a log-in's. */
  readonly hashPassword: (password: string) => Promise<string>;
  /** In the order of operators' tables. */
  readonly projections: readonly Projection[];
  readonly supervisor: Pick<
    Supervisor<typeof projections>,
    'models' | 'caughtUp' | 'status' | 'rebuild' | 'rollback' | 'verify' | 'deadDocuments' | 'retry'
  >;
  /** @throws LogDamaged naming the first place that does not fit. */
  readonly checkLog: (onProgress: (position: Position) => void) => Promise<CheckedLog>;
}
