import { formatPosition, type Position } from '../core/position.ts';
import type { Collection, Generations, ReadStore } from '../ports/read-store.ts';

/** The read store was built from another log, or is ahead of this one: it must be thrown away and built again. */
export class ForeignReadStore extends Error {
  override readonly name = 'ForeignReadStore';
}

/** @throws ForeignReadStore when the store belongs to another log. */
export const claimStore = async (store: ReadStore, logId: string): Promise<void> => {
  const claimed = await store.logId();
  if (claimed === undefined) return store.claimFor(logId);
  if (claimed !== logId) {
    throw new ForeignReadStore(
      `The read models were built from log ${claimed}, but this is log ${logId}. Throw the read store away, and it is built again.`,
    );
  }
};

/** @throws ForeignReadStore when a checkpoint says more than the log holds (an older log was put in its place). */
export const refuseBeyondHead = async (
  collection: Collection<object>,
  projection: string,
  partitions: number,
  head: Position,
  logId: string,
): Promise<void> => {
  for (let partition = 0; partition < partitions; partition += 1) {
    const checkpoint = await collection.checkpoint(partition);
    if (checkpoint === undefined || checkpoint <= head) continue;
    throw new ForeignReadStore(
      `${projection} has read up to ${formatPosition(logId, checkpoint)}, but the log ends at ${formatPosition(logId, head)}: it was replaced by an older one. Throw the read store away, and it is built again.`,
    );
  }
};

/** The generations of a projection, the first one made when there was none; many who ask at once get the same. */
export const firstGenerations = async (store: ReadStore, projection: string): Promise<Generations> => {
  const first: Generations = { live: 1 };
  const known = await store.generations(projection);
  if (known !== undefined) return known;
  if (await store.changeGenerations(projection, undefined, first)) return first;
  return (await store.generations(projection))!;
};
