import type { Position } from '../core/position.ts';
import type { Generations } from '../ports/read-store.ts';
import { openFeed, type Feed } from './feed.ts';
import { feedStatus, type GenerationStatus } from './feed-status.ts';
import type { Retried } from './parked.ts';
import type { Projection } from './projection.ts';
import { untilCaughtUp, whenLevel, type OnProgress } from './rebuild.ts';
import type { Runtime } from './runtime.ts';
import { firstGenerations, refuseBeyondHead } from './start-up.ts';
import { compareCollections, type Comparison } from './verify.ts';
import { countChange } from './version-counter.ts';

/** The projection has no such name, or what was asked of it cannot be done now. */
export class ProjectionRefused extends Error {
  override readonly name = 'ProjectionRefused';
}

export interface Rebuilt {
  readonly generation: number;
  /** Of the generation that was live with the new one; present when asked for. */
  readonly comparison?: Comparison;
}

/** One read model in all its generations that are fed. One change at a time: a second is refused. */
export interface FedGenerations {
  readonly projection: Projection;
  /** Whether a rebuild was under way when the last process ended; what it left is gone. */
  readonly interrupted: boolean;
  live(): Feed;
  feeds(): readonly Feed[];
  status(): Promise<readonly GenerationStatus[]>;
  rebuild(onProgress?: OnProgress, compare?: boolean): Promise<Rebuilt>;
  rollback(): Promise<number>;
  verify(onProgress?: OnProgress): Promise<Comparison>;
  retry(id: string): Promise<Retried>;
  stop(): Promise<void>;
}

/** Only `verify` uses it; it is dropped before and after. */
const verifying = 0;

const worst = (answers: readonly Retried[]): Retried =>
  answers.includes('still_parked') ? 'still_parked' : answers.includes('healed') ? 'healed' : 'not_parked';

/**
 * Opens and feeds what there is; the first generation is made when there is none.
 * @param stopping calls off whatever waits for a generation to catch up.
 * @throws ForeignReadStore when a generation is ahead of the log.
 */
export const openGenerations = async (
  runtime: Runtime,
  projection: Projection,
  options: {
    readonly partitions: number;
    readonly head: Position;
    readonly logId: string;
    readonly stopping: AbortSignal;
  },
): Promise<FedGenerations> => {
  const { store, progress, logger } = runtime;
  const { partitions, head, logId, stopping } = options;
  const { name } = projection;
  const feeds = new Map<number, Feed>();
  let generations = await firstGenerations(store, name);
  let busy: Promise<unknown> | undefined;
  const interrupted = generations.building !== undefined;

  const live = (): Feed => feeds.get(generations.live)!;

  const change = async (next: Generations): Promise<void> => {
    if (!(await store.changeGenerations(name, generations, next))) {
      throw new ProjectionRefused(`The generations of ${name} were changed by somebody else; look again.`);
    }
    generations = next;
  };

  const drop = async (generation: number): Promise<void> => {
    await feeds.get(generation)?.stop();
    feeds.delete(generation);
    await store.drop(name, generation);
  };

  const feed = async (generation: number): Promise<Feed> => {
    const opened = await openFeed(runtime, projection, generation, partitions);
    feeds.set(generation, opened);
    return opened;
  };

  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    if (busy !== undefined) {
      throw new ProjectionRefused(`${name} is being rebuilt, verified or rolled back already.`);
    }
    const working = work();
    busy = working;
    try {
      return await working;
    } finally {
      busy = undefined;
    }
  };

  /** What a rebuild that was killed left is thrown away, for it may come from an earlier state of the program. */
  const dropUnfinished = async (): Promise<void> => {
    const { live: kept, previous, building } = generations;
    if (building === undefined) return;
    await change(previous === undefined ? { live: kept } : { live: kept, previous });
    await drop(building);
  };

  /** Before the change readers see the one, after it the other; both hold what the reader has seen. */
  const takeOver = (generation: number): Promise<void> =>
    whenLevel(runtime, live(), feeds.get(generation)!, stopping, async () => {
      await change({ live: generation, previous: generations.live });
      progress.goLive(name, generation);
      await countChange(runtime, projection);
    });

  const settled = async (...waitedFor: readonly Feed[]): Promise<void> => {
    await Promise.all(waitedFor.map((one) => untilCaughtUp(runtime, one, stopping)));
  };

  const rebuild = async (onProgress?: OnProgress, compare = false): Promise<Rebuilt> => {
    await dropUnfinished();
    const { live: before, previous } = generations;
    const building = Math.max(before, previous ?? 0) + 1;
    await store.drop(name, building);
    await change({ live: before, building });
    if (previous !== undefined) await drop(previous);
    const next = await feed(building);
    await untilCaughtUp(runtime, next, stopping, onProgress);
    const comparison = compare
      ? await compareCollections(live().collection, next.collection, () => settled(live(), next))
      : undefined;
    await takeOver(building);
    logger.info({ projection: name, generation: building }, 'A rebuilt generation is live');
    return { generation: building, ...(comparison === undefined ? {} : { comparison }) };
  };

  const rollback = async (): Promise<number> => {
    const { previous } = generations;
    if (previous === undefined) throw new ProjectionRefused(`${name} has no generation to go back to.`);
    await settled(feeds.get(previous)!);
    await takeOver(previous);
    return previous;
  };

  const verify = async (onProgress?: OnProgress): Promise<Comparison> => {
    await store.drop(name, verifying);
    const fresh = await openFeed(runtime, projection, verifying, partitions);
    try {
      await untilCaughtUp(runtime, fresh, stopping, onProgress);
      await settled(live());
      return await compareCollections(live().collection, fresh.collection, () => settled(live(), fresh));
    } finally {
      await fresh.stop();
      await store.drop(name, verifying);
    }
  };

  await dropUnfinished();
  await store.drop(name, verifying);
  const kept = [generations.live, generations.previous].filter((generation) => generation !== undefined);
  for (const generation of kept) {
    const collection = await store.collection<object>(projection, generation);
    await refuseBeyondHead(collection, name, partitions, head, logId);
  }
  for (const generation of kept) await feed(generation);
  progress.goLive(name, generations.live);

  return {
    projection,
    interrupted,
    live,
    feeds: () => [...feeds.values()],
    status: () => Promise.all([...feeds.values()].map((one) => feedStatus(runtime, one, generations))),
    rebuild: (onProgress, compare) => alone(() => rebuild(onProgress, compare)),
    rollback: () => alone(rollback),
    verify: (onProgress) => alone(() => verify(onProgress)),
    retry: async (id) => worst(await Promise.all([...feeds.values()].map((one) => one.retry(id)))),
    stop: async () => {
      await busy?.catch(() => undefined);
      await Promise.all([...feeds.values()].map((one) => one.stop()));
    },
  };
};
