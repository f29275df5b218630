import { setImmediate as breathe } from 'node:timers/promises';
import { backOff } from '../core/back-off.ts';
import { millisOf, type Millis } from '../core/clock.ts';
import { start, type Position } from '../core/position.ts';
import type { Recorded, Undecodable } from '../events/codec.ts';
import type { RecordedEvent } from '../ports/event-log.ts';
import type { Collection, ParkedDocument, StoredDocument } from '../ports/read-store.ts';
import { foldDocument, planBatch, type Plan } from './fold.ts';
import { followBatches } from './follow.ts';
import { createLock } from './lock.ts';
import { retryParked, type Retried } from './parked.ts';
import { partitionOf } from './partition.ts';
import type { Projection } from './projection.ts';
import type { Runtime } from './runtime.ts';
import { createVersionCounter } from './version-counter.ts';
import { createWriteBuffer, Overtaken } from './write-buffer.ts';
import { writeFolded } from './write.ts';

export interface RunnerStatus {
  /** Everything up to here is folded and written. */
  readonly position: Position;
  /** Events seen since the start of this runner, ignored ones too. */
  readonly events: number;
  /** Documents written since then. */
  readonly documents: number;
  /** Times a batch was begun again because a store failed. */
  readonly failures: number;
  readonly parked: number;
}

/** Feeds one generation of one projection in one partition. */
export interface Runner {
  status(): RunnerStatus;
  /** Stands still between two batches until the answer is called. */
  pause(): Promise<() => void>;
  /** Refolds a parked document or stream from the log, after the program was mended. */
  retry(id: string): Promise<Retried>;
  /** Resolves when the batch under way is finished and the checkpoint is stored, as far as the store is there. */
  stop(): Promise<void>;
}

export interface RunnerOptions {
  readonly projection: Projection;
  readonly generation: number;
  readonly collection: Collection<object>;
  readonly partition?: number;
  readonly partitions?: number;
}

/** Events ignored before the checkpoint is written for their sake alone, and how long it may lag behind them. */
const ignoredBeforeCheckpoint = 8_192;
const checkpointDelay: Millis = 1_000;

/** Nobody waits for an event of this age any more: documents are held back, to be written once for many events. */
const old: Millis = 2_500;
/** Documents held back at most; some 20 MB. */
const mostHeld = 16_384;

interface Batch {
  readonly records: readonly RecordedEvent[];
  readonly opened: readonly (Recorded | Undecodable)[];
}

export const startRunner = (runtime: Runtime, options: RunnerOptions): Runner => {
  const { projection, generation, collection, partition = 0, partitions = 1 } = options;
  const { log, codec, progress, clock, chance, logger } = runtime;
  const { name } = projection;
  const handled = new Set<string>(projection.handles);
  const mine = (id: string): boolean => partitionOf(id, partitions) === partition;
  const stopping = new AbortController();
  const lock = createLock();
  const parked = progress.parked(name, generation, partition);
  const counter = createVersionCounter(runtime, projection, generation);
  const counts = { events: 0, documents: 0, failures: 0 };
  /** Everything up to here is written. What the buffer holds is later. */
  let processed = start;
  let seen = start;
  let stored: Position | undefined;
  let ignored = 0;
  let saving = false;
  /** Shrinks with every failure, for each voids what was held; beside another runner nothing is held at all. */
  let mayHold = mostHeld;

  const readParked = async (): Promise<void> => {
    const found = await collection.parked();
    parked.clear();
    for (const { id, position } of found) parked.set(id, position);
  };

  const park = async (document: ParkedDocument): Promise<void> => {
    await collection.park(document);
    parked.set(document.id, document.position);
    logger.error({ projection: name, generation, parked: document }, 'A document is parked');
  };

  const fold = (
    id: string,
    before: Pick<StoredDocument<object>, 'pos' | 'value'> | undefined,
    events: readonly Recorded[],
  ) => foldDocument(projection, id, before, events);

  const buffer = createWriteBuffer({ collection, fold, park });

  /** Only what the projection handles is opened. */
  const open = async (records: readonly RecordedEvent[]): Promise<Batch> => {
    const wanted = records.filter(({ type }) => handled.has(type));
    const opened = wanted.length === 0 ? [] : await codec.open(wanted, { personal: projection.personal });
    return { records, opened };
  };

  /** Ignored events move the checkpoint too, but not with a write each. */
  const saveCheckpoint = async (): Promise<void> => {
    if (stored === processed) return;
    const position = processed;
    await collection.write([], { partition, position });
    stored = position;
    ignored = 0;
  };

  const complain = (error: unknown): void =>
    logger.warn({ projection: name, generation, error }, 'A checkpoint was not stored');

  const saveLater = (): void => {
    if (saving || stored === processed) return;
    saving = true;
    void clock
      .sleep(checkpointDelay, stopping.signal)
      .then(() => lock.run(saveCheckpoint))
      .catch(complain)
      .finally(() => {
        saving = false;
      });
  };

  const plan = async (opened: Batch['opened']): Promise<Plan['documents']> => {
    let planned = planBatch(projection, opened, mine, parked);
    if (planned.heldBack) {
      // Another process may have released it since; what is skipped here is lost to the document.
      await readParked();
      planned = planBatch(projection, opened, mine, parked);
    }
    for (const poison of planned.poison) await park(poison);
    return planned.documents;
  };

  /** Everything up to `position` is in the store; `written` documents of it with the checkpoint. */
  const done = async (position: Position, written: number | undefined): Promise<void> => {
    if (written !== undefined) {
      stored = position;
      ignored = 0;
      counts.documents += written;
      if (written > 0) counter.owe();
    }
    await counter.pay();
    processed = position;
    progress.announce(name, generation, partition, position);
    if (ignored >= ignoredBeforeCheckpoint) await saveCheckpoint();
    else saveLater();
  };

  const flush = async (): Promise<void> => {
    await done(seen, await buffer.flush({ partition, position: seen }));
  };

  const processLate = async (documents: Plan['documents']): Promise<void> => {
    await buffer.fold(documents);
    if (buffer.size === 0) await done(seen, undefined);
    else if (buffer.size >= mayHold || seen >= (await log.head())) await flush();
    await breathe();
  };

  const processNow = async (documents: Plan['documents'], position: Position): Promise<void> => {
    if (documents.size === 0) return done(position, undefined);
    const checkpoint = { partition, position };
    const pause = (turn: number) => clock.sleep(backOff(turn, chance, { first: 1, longest: 50 }));
    await done(position, await writeFolded({ collection, documents, fold, park, checkpoint, pause }));
  };

  const process = async ({ records, opened }: Batch): Promise<void> => {
    const { position, recordedAt } = records.at(-1)!;
    if (position <= seen) return;
    const documents = await plan(opened);
    const late = mayHold > records.length && clock.now() - millisOf(recordedAt) > old;
    counts.events += records.length;
    ignored += records.length;
    seen = position;
    if (late || buffer.size > 0) await processLate(documents);
    else await processNow(documents, position);
  };

  const prepare = async (): Promise<void> => {
    await readParked();
    stored = await collection.checkpoint(partition);
    processed = stored ?? start;
    await counter.pay();
    progress.announce(name, generation, partition, processed);
  };

  const run = async (): Promise<void> => {
    let prepared = false;
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        if (!prepared) await prepare();
        prepared = true;
        buffer.clear();
        seen = processed;
        await followBatches(log, processed, stopping.signal, open, async (batch) => {
          await lock.run(() => process(batch));
          failures = 0;
        });
      } catch (error) {
        failures += 1;
        counts.failures += 1;
        mayHold = error instanceof Overtaken ? 0 : mayHold >> 2;
        logger.warn({ projection: name, generation, failures, error }, 'A projection begins a batch again');
        await clock.sleep(backOff(failures, chance), stopping.signal);
      }
    }
  };

  const running = run();

  return {
    status: () => ({ position: processed, ...counts, parked: parked.size }),
    pause: () => lock.hold(),
    retry: (id) =>
      lock.run(async () => {
        const retried = await retryParked({ projection, collection, log, codec, id, mine });
        await readParked();
        counter.owe();
        await counter.pay();
        return retried;
      }),
    stop: async () => {
      stopping.abort();
      await running;
      await lock.run(() => (buffer.size > 0 ? flush() : saveCheckpoint())).catch(complain);
    },
  };
};
