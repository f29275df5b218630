/**
 * Appends under a limit of file size until there is no room, and prints what it saw as JSON. Run as
 * `node log-disk-full-writer.js DIRECTORY`.
 */
import { openEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { CommandId, EventId, StreamName } from '../../src/core/ids.ts';
import { LogUnavailable } from '../../src/ports/event-log.ts';

const log = await openEventLog({ directory: process.argv[2]!, clock: systemClock });
const stream = 'filling-1' as StreamName;
const metadata = { commandId: 'c' as CommandId, actor: null, correlationId: 'r', causationId: 'r' };

const append = async (revision: number): Promise<void> => {
  const event = {
    id: `e${revision}` as EventId,
    type: 'Filled',
    schemaVersion: 1,
    metadata,
    data: { text: 'x'.repeat(5000) },
  };
  await log.append(stream, revision === 0 ? 'no_stream' : revision - 1, [event]);
};

let acknowledged = 0;
const reasons: string[] = [];
while (reasons.length < 3) {
  try {
    await append(acknowledged);
    acknowledged += 1;
  } catch (error) {
    reasons.push(error instanceof LogUnavailable ? error.reason : String(error));
  }
}
const readable = (await log.readStream(stream, { limit: 4096 })).length;
await log.close();
process.stdout.write(JSON.stringify({ acknowledged, readable, reasons }));
