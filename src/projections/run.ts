import { backOff } from '../core/back-off.ts';
import { start, type Position } from '../core/position.ts';
import type { Recorded, Undecodable } from '../events/codec.ts';
import type { RecordedEvent } from '../ports/event-log.ts';
import type { Collection, ParkedDocument } from '../ports/read-store.ts';
import { followBatches } from './follow.ts';
import { foldDocument, planBatch } from './fold.ts';
import { createLock } from './lock.ts';
import { retryParked, type Retried } from './parked.ts';
import { partitionOf } from './partition.ts';
import type { Projection } from './projection.ts';
import type { Runtime } from './runtime.ts';
import { createVersionCounter } from './version-counter.ts';
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

/** Events ignored before the checkpoint is written for their sake alone, and how long it may lag behind them (ms). */
const ignoredBeforeCheckpoint = 8_192;
const checkpointDelay = 1_000;

interface Batch {
  readonly records: readonly RecordedEvent[];
  readonly opened: readonly (Recorded | Undecodable)[];
}

export const startRunner = (
  runtime: Runtime,
  options: {
    readonly projection: Projection;
    readonly generation: number;
    readonly collection: Collection<object>;
    readonly partition?: number;
    readonly partitions?: number;
  },
): Runner => {
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
  let processed = start;
  let stored: Position | undefined;
  let ignored = 0;
  let saving = false;

  const readParked = async (): Promise<void> => {
    const found = (await collection.parked()).map(({ id }) => id);
    parked.clear();
    for (const id of found) parked.add(id);
  };

  const park = async (document: ParkedDocument): Promise<void> => {
    await collection.park(document);
    parked.add(document.id);
    logger.error({ projection: name, generation, parked: document }, 'A document is parked');
  };

  /** Only what the projection handles is opened. */
  const open = async (records: readonly RecordedEvent[]): Promise<Batch> => {
    const wanted = records.filter(({ type }) => handled.has(type));
    const opened = wanted.length === 0 ? [] : await codec.open(wanted, { personal: projection.personal });
    return { records, opened };
  };

  const saveCheckpoint = async (): Promise<void> => {
    if (stored === processed) return;
    const position = processed;
    await collection.write([], { partition, position });
    stored = position;
    ignored = 0;
  };

  /** Ignored events move the checkpoint too, but not with a write each. */
  const saveLater = (): void => {
    if (saving || stored === processed) return;
    saving = true;
    void clock
      .sleep(checkpointDelay, stopping.signal)
      .then(() => lock.run(saveCheckpoint))
      .catch((error: unknown) => logger.warn({ projection: name, error }, 'A checkpoint was not stored'))
      .finally(() => {
        saving = false;
      });
  };

  const fold = async (opened: Batch['opened'], position: Position): Promise<void> => {
    let plan = planBatch(projection, opened, mine, parked);
    if (plan.heldBack) {
      // Another process may have released it since; what is skipped here is lost to the document.
      await readParked();
      plan = planBatch(projection, opened, mine, parked);
    }
    for (const poison of plan.poison) await park(poison);
    if (plan.documents.size === 0) return;
    const written = await writeFolded({
      collection,
      documents: plan.documents,
      fold: (id, before, events) => foldDocument(projection, id, before, events),
      park,
      checkpoint: { partition, position },
      pause: (turn) => clock.sleep(backOff(turn, chance, { first: 1, longest: 50 })),
    });
    stored = position;
    ignored = 0;
    counts.documents += written;
    if (written > 0) counter.owe();
  };

  const process = async ({ records, opened }: Batch): Promise<void> => {
    const position = records.at(-1)!.position;
    if (position <= processed) return;
    if (opened.length > 0) await fold(opened, position);
    await counter.pay();
    processed = position;
    counts.events += records.length;
    ignored += records.length;
    progress.announce(name, generation, partition, position);
    if (ignored >= ignoredBeforeCheckpoint) await saveCheckpoint();
    else saveLater();
  };

  const prepare = async (): Promise<void> => {
    await readParked();
    stored = await collection.checkpoint(partition);
    if (stored !== undefined && stored > processed) processed = stored;
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
        await followBatches(log, processed, stopping.signal, open, async (batch) => {
          await lock.run(() => process(batch));
          failures = 0;
        });
      } catch (error) {
        failures += 1;
        counts.failures += 1;
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
      await lock
        .run(saveCheckpoint)
        .catch((error: unknown) => logger.warn({ projection: name, error }, 'A checkpoint was not stored'));
    },
  };
};
