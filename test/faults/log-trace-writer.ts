/**
 * Appends a few events one after another and prints each id after its acknowledgement. Run as
 * `node log-trace-writer.js DIRECTORY synced|unsynced`; unsynced is the control, which a trace must give away.
 */
import { writeSync } from 'node:fs';
import { openEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { nodeFiles } from '../../src/adapters/embedded/event-log/log-files.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { CommandId, EventId, StreamName } from '../../src/core/ids.ts';

const [directory, mode] = process.argv.slice(2) as [string, string];
const unsynced = {
  ...nodeFiles,
  open: (...how: Parameters<typeof nodeFiles.open>) => ({
    ...nodeFiles.open(...how),
    sync: () => Promise.resolve(),
  }),
};
const log = await openEventLog({
  directory,
  clock: systemClock,
  files: mode === 'synced' ? nodeFiles : unsynced,
});

const append = async (id: string): Promise<void> => {
  const metadata = { commandId: id as CommandId, actor: null, correlationId: 'trace', causationId: 'trace' };
  const event = { id: id as EventId, type: 'Written', schemaVersion: 1, metadata, data: {} };
  await log.append(`trace-${id}` as StreamName, 'no_stream', [event]);
  writeSync(1, `acknowledged ${id}\n`);
};

for (let round = 0; round < 5; round += 1) {
  await Promise.all([append(`e${round}a`), append(`e${round}b`), append(`e${round}c`)]);
}
await log.close();
