import type { Millis } from '../core/clock.ts';
import { millisOf } from '../core/clock.ts';
import type { Position } from '../core/position.ts';
import type { Collection, Generations, ParkedDocument } from '../ports/read-store.ts';
import { openFeed, type Feed } from './feed.ts';
import type { Retried } from './parked.ts';
import type { Projection } from './projection.ts';
import { createReadModels, type AnyProjection, type ReadModelsOf } from './read-models.ts';
import { untilCaughtUp, whenLevel, type OnProgress } from './rebuild.ts';
import type { Runtime } from './runtime.ts';
import { claimStore, firstGenerations, refuseBeyondHead } from './start-up.ts';
import { countChange } from './version-counter.ts';
import { compareCollections, type Comparison } from './verify.ts';

export type GenerationState = 'live' | 'previous' | 'building';

export interface GenerationStatus {
  readonly projection: string;
  readonly generation: number;
  readonly state: GenerationState;
  readonly position: Position;
  /** Events not yet folded; where more than 1,024 wait, an upper bound from the positions. */
  readonly lagEvents: number;
  /** Age of the oldest event not yet folded. */
  readonly lagMillis: Millis;
  /** Events a second since this process began to feed it. */
  readonly eventsPerSecond: number;
  readonly documents: number;
  readonly failures: number;
  readonly parked: number;
}

export interface DeadDocument extends ParkedDocument {
  readonly projection: string;
  readonly generation: number;
}

export interface Rebuilt {
  readonly generation: number;
  /** Of the generation that was live with the new one; present when asked for. */
  readonly comparison?: Comparison;
}

/** The projection has no such name, or what was asked of it cannot be done now. */
export class ProjectionRefused extends Error {
  override readonly name = 'ProjectionRefused';
}

export interface Supervisor<P extends Readonly<Record<string, AnyProjection>>> {
  readonly models: ReadModelsOf<P>;
  /** Resolves when every live generation has come to the head as it is then; before, reads see a model half filled. */
  caughtUp(onProgress?: OnProgress): Promise<void>;
  status(): Promise<readonly GenerationStatus[]>;
  /** Fills a new generation beside the live one and lets it take over; the earlier one is kept for `rollback`. */
  rebuild(name: string, onProgress?: OnProgress, options?: { readonly compare?: boolean }): Promise<Rebuilt>;
  /** Lets the generation before take over again; answers its number. */
  rollback(name: string): Promise<number>;
  /** Rebuilds into a generation nobody reads and compares it with the live one. */
  verify(name: string, onProgress?: OnProgress): Promise<Comparison>;
  deadDocuments(): Promise<readonly DeadDocument[]>;
  /** Refolds a parked document or stream in every generation that is fed. */
  retry(name: string, id: string): Promise<Retried>;
  /** Finishes the batches under way and stores the checkpoints; a rebuild under way is given up. */
  stop(): Promise<void>;
}

/** Only `verify` uses it; it is dropped before and after. */
const verifying = 0;

interface State {
  readonly projection: Projection;
  generations: Generations;
  readonly feeds: Map<number, Feed>;
  busy: Promise<unknown> | undefined;
}

const baseName = (name: string): string => name.split('@')[0]!;

const stateOf = (generations: Generations, generation: number): GenerationState =>
  generation === generations.live ? 'live' : generation === generations.previous ? 'previous' : 'building';

/**
 * Opens the read models, feeds them from the log and keeps their generations.
 * @throws ForeignReadStore when the store was built from another log or is ahead of this one.
 */
export const startSupervisor = async <const P extends Readonly<Record<string, AnyProjection>>>(
  runtime: Runtime,
  options: { readonly projections: P; readonly logId: string; readonly partitions?: number },
): Promise<Supervisor<P>> => {
  const { log, store, progress, clock, logger } = runtime;
  const { logId, partitions = 1 } = options;
  const stopping = new AbortController();
  const states = new Map<string, State>();
  const began = clock.now();
  const head = await log.head();
  const background: Promise<unknown>[] = [];

  const stateNamed = (name: string): State => {
    const byKey = (options.projections as Readonly<Record<string, AnyProjection>>)[name]?.name ?? name;
    const found = states.get(byKey);
    if (found === undefined) {
      throw new ProjectionRefused(
        `There is no projection ${name}. There are: ${[...states.keys()].join(', ')}.`,
      );
    }
    return found;
  };

  const liveFeed = (state: State): Feed => state.feeds.get(state.generations.live)!;

  const change = async (state: State, next: Generations): Promise<void> => {
    const { name } = state.projection;
    if (!(await store.changeGenerations(name, state.generations, next))) {
      throw new ProjectionRefused(`The generations of ${name} were changed by somebody else; look again.`);
    }
    state.generations = next;
  };

  const drop = async (state: State, generation: number): Promise<void> => {
    await state.feeds.get(generation)?.stop();
    state.feeds.delete(generation);
    await store.drop(state.projection.name, generation);
  };

  const feed = async (state: State, generation: number): Promise<Feed> => {
    const opened = await openFeed(runtime, state.projection, generation, partitions);
    state.feeds.set(generation, opened);
    return opened;
  };

  /** One change of a projection's generations at a time. */
  const alone = <T>(name: string, work: (state: State) => Promise<T>): Promise<T> => {
    const state = stateNamed(name);
    if (state.busy !== undefined) {
      throw new ProjectionRefused(
        `${state.projection.name} is being rebuilt, verified or rolled back already.`,
      );
    }
    const working = work(state).finally(() => {
      state.busy = undefined;
    });
    state.busy = working;
    return working;
  };

  /** Before the change readers see the one, after it the other; both hold what the reader has seen. */
  const takeOver = (state: State, generation: number): Promise<void> =>
    whenLevel(runtime, liveFeed(state), state.feeds.get(generation)!, stopping.signal, async () => {
      await change(state, { live: generation, previous: state.generations.live });
      progress.goLive(state.projection.name, generation);
      await countChange(runtime, state.projection);
    });

  /** What a rebuild that was killed left is thrown away, for it may come from an earlier state of the program. */
  const dropUnfinished = async (state: State): Promise<void> => {
    const { live, previous, building } = state.generations;
    if (building === undefined) return;
    await change(state, previous === undefined ? { live } : { live, previous });
    await drop(state, building);
  };

  const rebuildNow = async (state: State, onProgress?: OnProgress, compare = false): Promise<Rebuilt> => {
    await dropUnfinished(state);
    const { live, previous } = state.generations;
    const building = Math.max(live, previous ?? 0) + 1;
    await store.drop(state.projection.name, building);
    await change(state, { live, building });
    if (previous !== undefined) await drop(state, previous);
    const next = await feed(state, building);
    await untilCaughtUp(runtime, next, stopping.signal, onProgress);
    const before = liveFeed(state);
    const comparison = compare
      ? await compareCollections(before.collection, next.collection, () => settled(before, next))
      : undefined;
    await takeOver(state, building);
    logger.info({ projection: state.projection.name, generation: building }, 'A rebuilt generation is live');
    return { generation: building, ...(comparison === undefined ? {} : { comparison }) };
  };

  const settled = async (...feeds: readonly Feed[]): Promise<void> => {
    await Promise.all(feeds.map((one) => untilCaughtUp(runtime, one, stopping.signal)));
  };

  const open = async (projection: Projection): Promise<void> => {
    const generations = await firstGenerations(store, projection.name);
    const state: State = { projection, generations, feeds: new Map(), busy: undefined };
    states.set(projection.name, state);
    const unfinished = generations.building !== undefined;
    await dropUnfinished(state);
    await store.drop(projection.name, verifying);
    for (const generation of [generations.live, generations.previous]) {
      if (generation === undefined) continue;
      const collection = await store.collection<object>(projection, generation);
      await refuseBeyondHead(collection, projection.name, partitions, head, logId);
      await feed(state, generation);
    }
    progress.goLive(projection.name, generations.live);
    if (unfinished) {
      background.push(
        alone(projection.name, (own) => rebuildNow(own)).catch((error: unknown) => {
          logger.warn(
            { projection: projection.name, error },
            'A rebuild that was interrupted did not finish',
          );
        }),
      );
    }
  };

  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.allSettled(background);
    await Promise.allSettled([...states.values()].map(({ busy }) => Promise.resolve(busy)));
    await Promise.all(
      [...states.values()].flatMap(({ feeds }) => [...feeds.values()].map((one) => one.stop())),
    );
    progress.close();
  };

  const caughtUp = async (onProgress?: OnProgress): Promise<void> => {
    for (const state of states.values()) {
      await untilCaughtUp(runtime, liveFeed(state), stopping.signal, onProgress);
    }
  };

  /** An earlier version of a read model goes once the one that replaced it is filled. */
  const dropReplaced = async (): Promise<void> => {
    await caughtUp();
    const replaced = new Set([...states.keys()].map(baseName));
    for (const name of await store.projections()) {
      if (states.has(name) || !replaced.has(baseName(name))) continue;
      const { live, previous, building } = (await store.generations(name))!;
      for (const generation of [building, previous, live]) {
        if (generation !== undefined) await store.drop(name, generation);
      }
    }
  };

  const statusOf = async (state: State, one: Feed): Promise<GenerationStatus> => {
    const status = one.status();
    const now = await log.head();
    const waiting = status.position < now ? await log.readAll({ after: status.position, limit: 1_024 }) : [];
    const elapsed = clock.now() - began;
    return {
      projection: state.projection.name,
      generation: one.generation,
      state: stateOf(state.generations, one.generation),
      position: status.position,
      lagEvents: waiting.length < 1_024 ? waiting.length : Number(now - status.position),
      lagMillis: waiting.length === 0 ? 0 : Math.max(0, clock.now() - millisOf(waiting[0]!.recordedAt)),
      eventsPerSecond: elapsed > 0 ? Math.round((status.events * 1000) / elapsed) : 0,
      documents: status.documents,
      failures: status.failures,
      parked: status.parked,
    };
  };

  const feeds = (): readonly (readonly [State, Feed])[] =>
    [...states.values()].flatMap((state) => [...state.feeds.values()].map((one) => [state, one] as const));

  const verifyNow = async (state: State, onProgress?: OnProgress): Promise<Comparison> => {
    const { name } = state.projection;
    await store.drop(name, verifying);
    const fresh = await openFeed(runtime, state.projection, verifying, partitions);
    try {
      await untilCaughtUp(runtime, fresh, stopping.signal, onProgress);
      const live = liveFeed(state);
      await settled(live);
      return await compareCollections(live.collection, fresh.collection, () => settled(live, fresh));
    } finally {
      await fresh.stop();
      await store.drop(name, verifying);
    }
  };

  try {
    await claimStore(store, logId);
    for (const projection of Object.values(options.projections))
      await open(projection as unknown as Projection);
  } catch (error) {
    await stop();
    throw error;
  }
  background.push(
    dropReplaced().catch((error: unknown) => {
      if (!stopping.signal.aborted) logger.warn({ error }, 'Replaced read models were not dropped');
    }),
  );

  return {
    models: createReadModels(
      options.projections,
      (name): Collection<object> => liveFeed(states.get(name)!).collection,
    ),
    caughtUp,
    status: () => Promise.all(feeds().map(([state, one]) => statusOf(state, one))),
    rebuild: async (name, onProgress, { compare = false } = {}) =>
      alone(name, (state) => rebuildNow(state, onProgress, compare)),
    rollback: async (name) =>
      alone(name, async (state) => {
        const { previous } = state.generations;
        if (previous === undefined) {
          throw new ProjectionRefused(`${state.projection.name} has no generation to go back to.`);
        }
        await takeOver(state, previous);
        return previous;
      }),
    verify: async (name, onProgress) => alone(name, (state) => verifyNow(state, onProgress)),
    deadDocuments: async () => {
      const all = feeds().map(async ([{ projection }, one]) =>
        (await one.collection.parked()).map((document) => ({
          projection: projection.name,
          generation: one.generation,
          ...document,
        })),
      );
      return (await Promise.all(all)).flat();
    },
    retry: async (name, id) => {
      const state = stateNamed(name);
      const answers = await Promise.all([...state.feeds.values()].map((one) => one.retry(id)));
      return answers.includes('still_parked')
        ? 'still_parked'
        : answers.includes('healed')
          ? 'healed'
          : 'not_parked';
    },
    stop,
  };
};
