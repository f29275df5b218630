/**
 * Appends with 16 writers until it is killed, and notes each batch after its acknowledgement. Run as
 * `node log-crash-writer.js DIRECTORY ACKNOWLEDGEMENTS RUN`.
 */
import { openSync, writeSync } from 'node:fs';
import { openEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { CommandId, EventId, StreamName } from '../../src/core/ids.ts';
import { WrongExpectedRevision, type ExpectedRevision, type NewEvent } from '../../src/ports/event-log.ts';
import { between, seeded } from './seeded.ts';

const [directory, acknowledgements, run] = process.argv.slice(2) as [string, string, string];
const log = await openEventLog({
  directory,
  clock: systemClock,
  segmentBytes: 256 * 1024,
  movesPerFlush: 256,
});
const notes = openSync(acknowledgements, 'a');

/** The id says which batch it is of, and which of how many. */
const batchOf = (name: string, size: number, text: string): readonly NewEvent[] =>
  Array.from({ length: size }, (_, index) => ({
    id: `${name}/${index}/${size}` as EventId,
    type: 'Written',
    schemaVersion: 1,
    metadata: { commandId: name as CommandId, actor: null, correlationId: run, causationId: run },
    data: { text },
  }));

const revisionOf = async (stream: StreamName): Promise<ExpectedRevision> =>
  (await log.readStream(stream, { direction: 'backwards', limit: 1 }))[0]?.revision ?? 'no_stream';

const write = async (writer: number): Promise<never> => {
  const random = seeded(Number(run) * 1000 + writer);
  const own = `own-${writer}` as StreamName;
  for (let count = 0; ; count += 1) {
    const name = `${run}-${writer}-${count}`;
    const kind = between(random, 0, 9);
    const shared = `shared-${between(random, 0, 3)}` as StreamName;
    const stream = kind < 6 ? (`new-${name}` as StreamName) : kind < 8 ? own : shared;
    const batch = batchOf(name, between(random, 1, 5), 'x'.repeat(between(random, 0, 2000)));
    try {
      await log.append(stream, await revisionOf(stream), batch);
      writeSync(notes, `${name} ${batch.length} ${stream}\n`);
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
    }
  }
};

await Promise.all(Array.from({ length: 16 }, (_, writer) => write(writer)));
