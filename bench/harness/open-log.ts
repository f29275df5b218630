import { join } from 'node:path';
import { holdDataDirectory } from '../../src/adapters/embedded/data-directory.ts';
import { openEventLog, type EmbeddedEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { openSubjectKeys } from '../../src/adapters/embedded/subject-keys/open-subject-keys.ts';
import { readConfig } from '../../src/config.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { eventSchemas } from '../../src/events/all.ts';
import { createCodec, type EventCodec } from '../../src/events/codec.ts';
import { upcasts } from '../../src/events/upcasts.ts';
import type { SubjectKeys } from '../../src/ports/subject-keys.ts';
import { loadSecrets } from '../../src/secrets.ts';

/** The log of a data directory with its codec, without anything that follows it. */
export interface OpenLog {
  readonly log: EmbeddedEventLog;
  readonly codec: EventCodec;
  readonly keys: SubjectKeys;
  readonly close: () => Promise<void>;
}

export const openLog = async (dataDir: string): Promise<OpenLog> => {
  const held = holdDataDirectory(dataDir);
  const secrets = loadSecrets(readConfig({ DATA_DIR: dataDir }), dataDir, systemChance);
  const keys = await openSubjectKeys({
    directory: join(dataDir, 'keys'),
    masters: secrets.master,
    clock: systemClock,
    chance: systemChance,
  });
  const log = await openEventLog({ directory: dataDir, clock: systemClock });
  return {
    log,
    keys,
    codec: createCodec({ schemas: eventSchemas, upcasts, keys, chance: systemChance }),
    close: async () => {
      await log.close();
      await keys.close();
      held.release();
    },
  };
};
