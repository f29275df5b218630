import { systemChance, systemClock } from '../../src/core/clock.ts';
import { uuidv7, type CommandId } from '../../src/core/ids.ts';
import type { NewEvent } from '../../src/ports/event-log.ts';
import { serveArm } from '../harness/arm.ts';
import { openLog, type OpenLog } from '../harness/open-log.ts';
import { mixedHistory, registrations, wideHistory, type SeededAppend } from './histories.ts';

export interface SeedInput {
  readonly dataDir: string;
  readonly kind: 'mixed' | 'wide';
  readonly size: number;
}

const ids = uuidv7(systemClock, systemChance);
/** Appends under way. */
const batchSize = 1_000;

type Sealed = SeededAppend & { readonly sealed: readonly NewEvent[] };

const seal = async ({ codec }: OpenLog, one: SeededAppend): Promise<Sealed> => {
  const commandId = ids.next<CommandId>();
  const metadata = { commandId, actor: one.actor, correlationId: 'seed', causationId: commandId };
  const sealed = await codec.seal(one.events, one.stream, commandId);
  return { ...one, sealed: sealed.map((event) => ({ ...event, metadata })) };
};

const append = ({ log }: OpenLog, { stream, revision, sealed }: Sealed) =>
  log.append(stream, revision === -1 ? 'no_stream' : revision, sealed);

/** A batch shares its syncs; a stream that comes again begins the next one. */
const appendAll = async (open: OpenLog, history: Iterable<SeededAppend>): Promise<void> => {
  let batch = new Map<string, SeededAppend>();
  const flush = async () => {
    // Sealing takes turns, so that only what is sealed altogether is appended in the order of the history.
    const sealed = await Promise.all([...batch.values()].map((one) => seal(open, one)));
    await Promise.all(sealed.map((one) => append(open, one)));
    batch = new Map();
  };
  for (const one of history) {
    if (batch.size >= batchSize || batch.has(one.stream)) await flush();
    batch.set(one.stream, one);
  }
  await flush();
};

/** Writes a history straight into the log, as many commands would have left it. */
const seed = async ({ dataDir, kind, size }: SeedInput): Promise<number> => {
  const open = await openLog(dataDir);
  await appendAll(open, registrations());
  await appendAll(open, kind === 'mixed' ? mixedHistory(size) : wideHistory(size));
  const { events } = open.log.statistics();
  await open.close();
  return events;
};

serveArm({ start: () => undefined, seed, stop: () => undefined });
