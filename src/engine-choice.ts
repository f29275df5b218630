import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openEphemeralStore } from './adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { openEventLog } from './adapters/embedded/event-log/event-log.ts';
import { openReadStore } from './adapters/embedded/read-store/open-read-store.ts';
import { openSubjectKeys } from './adapters/embedded/subject-keys/open-subject-keys.ts';
import { openEventStoreLog } from './adapters/services/eventstore/eventstore-log.ts';
import { openMongoReadStore } from './adapters/services/mongodb/mongo-read-store.ts';
import { openMongoSubjectKeys } from './adapters/services/mongodb/mongo-subject-keys.ts';
import { openRedisEphemeralStore } from './adapters/services/redis/redis-ephemeral-store.ts';
import type { Config } from './config.ts';
import type { CheckedLog } from './control/engines.ts';
import type { Chance, Clock } from './core/clock.ts';
import { start, type Position } from './core/position.ts';
import { EphemeralStoreUnavailable, type EphemeralStore } from './ports/ephemeral-store.ts';
import { LogUnavailable, type EventLog } from './ports/event-log.ts';
import { ReadStoreUnavailable, type ReadStore } from './ports/read-store.ts';
import type { MasterKey, SubjectKeys } from './ports/subject-keys.ts';

/** What every engine is given. */
export interface Around {
  readonly clock: Clock;
  readonly chance: Chance;
  /** Told, in a sentence, what was repaired, lost or found again. */
  readonly onNotice: (notice: string) => void;
}

const unreachable = [EphemeralStoreUnavailable, LogUnavailable, ReadStoreUnavailable] as const;

/** A server that does not answer at start ends it with a sentence that says where to look. */
const reached = async <T>(variable: string, opening: Promise<T>): Promise<T> => {
  try {
    return await opening;
  } catch (error) {
    if (!unreachable.some((kind) => error instanceof kind)) throw error;
    const reason = (error as Error).message.replace(/[.\s]*$/, '');
    throw new Error(`${variable}: ${reason}. Is the server running, and is the URL right?`, { cause: error });
  }
};

export interface LogChoice {
  readonly log: EventLog;
  /** Reads everything. @throws LogDamaged at the first place that does not fit */
  readonly check: (onProgress: (position: Position) => void) => Promise<CheckedLog>;
}

export const chooseEventLog = async ({ dataDir, eventStore }: Config, around: Around): Promise<LogChoice> => {
  if (eventStore !== undefined) {
    const log = await reached('EVENTSTORE_URL', openEventStoreLog({ ...eventStore, ...around }));
    return { log, check: (onProgress) => readWhole(log, onProgress) };
  }
  const log = await openEventLog({ directory: dataDir, ...around });
  const check: LogChoice['check'] = async (onProgress) => {
    const { events, bytes, segments } = await log.verify(onProgress);
    const size = `${(bytes / 1024 ** 2).toFixed(1)} MiB in ${segments} segment${segments === 1 ? '' : 's'}`;
    return { events, finding: `${size}, every checksum fits` };
  };
  return { log, check };
};

/** The server's files are the server's to check; what it hands out can be. */
const readWhole = async (log: EventLog, onProgress: (position: Position) => void): Promise<CheckedLog> => {
  let events = 0;
  for (let after = start; ;) {
    const page = await log.readAll({ after, limit: 1_000 });
    if (page.length === 0) break;
    events += page.length;
    after = page.at(-1)!.position;
    onProgress(after);
  }
  return { events, finding: 'each read once from EventStoreDB, which checks its files by itself' };
};

/** Keys cannot be rebuilt, so in MongoDB they have a database of their own, to be backed up apart. */
export const chooseSubjectKeys = (
  { dataDir, mongodb }: Config,
  masters: readonly MasterKey[],
  around: Around,
): Promise<SubjectKeys> =>
  mongodb === undefined
    ? openSubjectKeys({ directory: join(dataDir, 'keys'), masters, ...around })
    : reached(
        'MONGODB_URL',
        openMongoSubjectKeys({ url: mongodb.url, database: `${mongodb.database}-keys`, masters, ...around }),
      );

export interface ReadStoreChoice {
  readonly open: () => Promise<ReadStore>;
  /** Only what this process owns is thrown away without asking. */
  readonly throwAway: (() => Promise<void>) | undefined;
}

export const chooseReadStore = ({ dataDir, mongodb }: Config, { onNotice }: Around): ReadStoreChoice => {
  const directory = join(dataDir, 'read-models');
  return mongodb === undefined
    ? {
        open: () => openReadStore({ directory, onNotice }),
        throwAway: () => rm(directory, { recursive: true }),
      }
    : { open: () => reached('MONGODB_URL', openMongoReadStore(mongodb)), throwAway: undefined };
};

/** Keys carry the log's id: what is kept of one installation is never taken for another's. */
export const chooseEphemeralStore = (
  { dataDir, redisUrl: url }: Config,
  logId: string,
  around: Around,
): Promise<EphemeralStore> =>
  url === undefined
    ? openEphemeralStore({ directory: join(dataDir, 'ephemeral'), ...around })
    : reached('REDIS_URL', openRedisEphemeralStore({ url, prefix: `storyline:${logId}:`, ...around }));
