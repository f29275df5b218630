import type { Millis } from '../core/clock.ts';
import type { Position } from '../core/position.ts';
import type { Collection } from '../ports/read-store.ts';
import type { Retried } from './parked.ts';
import type { Projection } from './projection.ts';
import { startRunner, type Runner, type RunnerStatus } from './run.ts';
import type { Runtime } from './runtime.ts';

/** One generation of a projection with the runners of all its partitions. */
export interface Feed {
  readonly projection: Projection;
  readonly generation: number;
  readonly collection: Collection<object>;
  /** When this process began to feed it. */
  readonly began: Millis;
  /** Of all partitions together; `position` is that of the one furthest behind. */
  status(): RunnerStatus;
  pause(): Promise<() => void>;
  retry(id: string): Promise<Retried>;
  stop(): Promise<void>;
}

const earliest = (a: Position, b: Position): Position => (a < b ? a : b);

const together = (a: RunnerStatus, b: RunnerStatus): RunnerStatus => ({
  position: earliest(a.position, b.position),
  events: Math.min(a.events, b.events),
  documents: a.documents + b.documents,
  failures: a.failures + b.failures,
  parked: a.parked + b.parked,
});

const ranked: readonly Retried[] = ['not_parked', 'healed', 'still_parked'];

export const openFeed = async (
  runtime: Runtime,
  projection: Projection,
  generation: number,
  partitions: number,
): Promise<Feed> => {
  const collection = await runtime.store.collection<object>(projection, generation);
  const runners: readonly Runner[] = Array.from({ length: partitions }, (_, partition) =>
    startRunner(runtime, { projection, generation, collection, partition, partitions }),
  );
  return {
    projection,
    generation,
    collection,
    began: runtime.clock.now(),
    status: () => runners.map((runner) => runner.status()).reduce(together),
    pause: async () => {
      const resume = await Promise.all(runners.map((runner) => runner.pause()));
      return () => resume.forEach((goOn) => goOn());
    },
    retry: async (id) => {
      const answers = await Promise.all(runners.map((runner) => runner.retry(id)));
      return answers.reduce((a, b) => (ranked.indexOf(a) > ranked.indexOf(b) ? a : b));
    },
    stop: async () => {
      await Promise.all(runners.map((runner) => runner.stop()));
    },
  };
};
