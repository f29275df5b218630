import type { ParkedDocument } from '../ports/read-store.ts';
import type { GenerationStatus } from './feed-status.ts';
import { openGenerations, ProjectionRefused, type FedGenerations, type Rebuilt } from './generations.ts';
import type { Retried } from './parked.ts';
import type { Projection } from './projection.ts';
import { createReadModels, type AnyProjection, type ReadModelsOf } from './read-models.ts';
import { untilCaughtUp, type OnProgress } from './rebuild.ts';
import type { Runtime } from './runtime.ts';
import { claimStore } from './start-up.ts';
import type { Comparison } from './verify.ts';

export interface DeadDocument extends ParkedDocument {
  readonly projection: string;
  readonly generation: number;
}

/** Projections are named by the key that queries use or by their own name. */
export interface Supervisor<P extends Readonly<Record<string, AnyProjection>>> {
  readonly models: ReadModelsOf<P>;
  /** Resolves when every live generation has come to the head as it is then; before, reads see a model half filled. */
  caughtUp(onProgress?: OnProgress): Promise<void>;
  status(): Promise<readonly GenerationStatus[]>;
  /**
   * Fills a new generation beside the live one and lets it take over; the earlier one is kept for `rollback`.
   * @throws ProjectionRefused as do all that take a name.
   */
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

const baseName = (name: string): string => name.split('@')[0]!;

/** An earlier version of a read model goes once the one that replaced it is filled. */
const dropReplaced = async ({ store }: Runtime, names: readonly string[]): Promise<void> => {
  const replaced = new Set(names.map(baseName));
  for (const name of await store.projections()) {
    if (names.includes(name) || !replaced.has(baseName(name))) continue;
    const { live, previous, building } = (await store.generations(name))!;
    for (const generation of [building, previous, live]) {
      if (generation !== undefined) await store.drop(name, generation);
    }
  }
};

/**
 * Opens the read models, feeds them from the log and keeps their generations.
 * @throws ForeignReadStore when the store was built from another log or is ahead of this one.
 */
export const startSupervisor = async <const P extends Readonly<Record<string, AnyProjection>>>(
  runtime: Runtime,
  options: { readonly projections: P; readonly logId: string; readonly partitions?: number },
): Promise<Supervisor<P>> => {
  const { log, store, progress, logger } = runtime;
  const { logId, partitions = 1 } = options;
  const stopping = new AbortController();
  const fed = new Map<string, FedGenerations>();
  const background: Promise<unknown>[] = [];

  const named = (name: string): FedGenerations => {
    const known = (options.projections as Readonly<Record<string, AnyProjection>>)[name]?.name ?? name;
    const found = fed.get(known);
    if (found !== undefined) return found;
    throw new ProjectionRefused(`There is no projection ${name}. There are: ${[...fed.keys()].join(', ')}.`);
  };

  /** Work that nobody waits for; it ends when the supervisor stops. */
  const inBackground = (what: string, work: () => Promise<unknown>): void => {
    const working = work().catch((error: unknown) => {
      if (!stopping.signal.aborted) logger.warn({ error }, what);
    });
    background.push(working);
  };

  const stop = async (): Promise<void> => {
    stopping.abort();
    await Promise.all(background);
    await Promise.all([...fed.values()].map((one) => one.stop()));
    progress.close();
  };

  const caughtUp = async (onProgress?: OnProgress): Promise<void> => {
    for (const one of fed.values()) {
      await untilCaughtUp(runtime, one.live(), stopping.signal, onProgress);
    }
  };

  const deadIn = async (one: FedGenerations): Promise<readonly DeadDocument[]> => {
    const { name } = one.projection;
    const parked = one
      .feeds()
      .map(async ({ collection, generation }) =>
        (await collection.parked()).map((document) => ({ projection: name, generation, ...document })),
      );
    return (await Promise.all(parked)).flat();
  };

  try {
    await claimStore(store, logId);
    const head = await log.head();
    for (const projection of Object.values(options.projections) as unknown as readonly Projection[]) {
      const opening = { partitions, head, logId, stopping: stopping.signal };
      fed.set(projection.name, await openGenerations(runtime, projection, opening));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  for (const one of fed.values()) {
    if (one.interrupted) inBackground('An interrupted rebuild did not finish', () => one.rebuild());
  }
  inBackground('Replaced read models were not dropped', async () => {
    await caughtUp();
    await dropReplaced(runtime, [...fed.keys()]);
  });

  return {
    models: createReadModels(options.projections, (name) => fed.get(name)!.live().collection),
    caughtUp,
    status: async () => (await Promise.all([...fed.values()].map((one) => one.status()))).flat(),
    rebuild: async (name, onProgress, { compare = false } = {}) => named(name).rebuild(onProgress, compare),
    rollback: async (name) => named(name).rollback(),
    verify: async (name, onProgress) => named(name).verify(onProgress),
    deadDocuments: async () => (await Promise.all([...fed.values()].map(deadIn))).flat(),
    retry: async (name, id) => named(name).retry(id),
    stop,
  };
};
