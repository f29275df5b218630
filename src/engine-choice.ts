import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openEphemeralStore } from './adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { openReadStore } from './adapters/embedded/read-store/open-read-store.ts';
import { openSubjectKeys } from './adapters/embedded/subject-keys/open-subject-keys.ts';
import { openMongoReadStore } from './adapters/services/mongodb/mongo-read-store.ts';
import { openMongoSubjectKeys } from './adapters/services/mongodb/mongo-subject-keys.ts';
import { openRedisEphemeralStore } from './adapters/services/redis/redis-ephemeral-store.ts';
import type { Config } from './config.ts';
import type { Chance, Clock } from './core/clock.ts';
import type { EphemeralStore } from './ports/ephemeral-store.ts';
import type { ReadStore } from './ports/read-store.ts';
import type { MasterKey, SubjectKeys } from './ports/subject-keys.ts';

/** What every engine is given. */
export interface Around {
  readonly clock: Clock;
  readonly chance: Chance;
  /** Told, in a sentence, what was repaired, lost or found again. */
  readonly onNotice: (notice: string) => void;
}

/** Keys cannot be rebuilt, so in MongoDB they have a database of their own, to be backed up apart. */
export const chooseSubjectKeys = (
  { dataDir, mongodb }: Config,
  masters: readonly MasterKey[],
  around: Around,
): Promise<SubjectKeys> =>
  mongodb === undefined
    ? openSubjectKeys({ directory: join(dataDir, 'keys'), masters, ...around })
    : openMongoSubjectKeys({ url: mongodb.url, database: `${mongodb.database}-keys`, masters, ...around });

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
    : { open: () => openMongoReadStore(mongodb), throwAway: undefined };
};

/** Keys carry the log's id: what is kept of one installation is never taken for another's. */
export const chooseEphemeralStore = (
  { dataDir, redisUrl: url }: Config,
  logId: string,
  around: Around,
): Promise<EphemeralStore> =>
  url === undefined
    ? openEphemeralStore({ directory: join(dataDir, 'ephemeral'), ...around })
    : openRedisEphemeralStore({ url, prefix: `storyline:${logId}:`, ...around });
