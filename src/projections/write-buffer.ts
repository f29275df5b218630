import { setImmediate as breathe } from 'node:timers/promises';
import type { Position } from '../core/position.ts';
import type { Recorded } from '../events/codec.ts';
import type { Collection, ParkedDocument, StoredDocument } from '../ports/read-store.ts';
import type { Folded } from './fold.ts';

/** Another runner wrote one of the documents meanwhile; what was folded here is void and has to be folded again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/**
 * Documents folded while a runner is far behind and nobody waits for it: each is read and written once for many events
 * instead of once a batch. What is held here is lost in a crash, so the checkpoint is stored with the last of it only.
 */
export interface WriteBuffer {
  /** Documents that wait to be written. */
  readonly size: number;
  fold(documents: ReadonlyMap<string, readonly Recorded[]>): Promise<void>;
  /**
   * Writes everything, then the checkpoint; answers how many documents.
   * @throws Overtaken
   */
  flush(checkpoint: { readonly partition: number; readonly position: Position }): Promise<number>;
  clear(): void;
}

/** A store that works within the call keeps the program from everything else for so many documents. */
const documentsPerWrite = 256;

interface Held {
  readonly expected: Position | undefined;
  readonly pos: Position | undefined;
  readonly value: object | undefined;
}

export const createWriteBuffer = (options: {
  readonly collection: Collection<object>;
  readonly fold: (
    id: string,
    before: Pick<StoredDocument<object>, 'pos' | 'value'> | undefined,
    events: readonly Recorded[],
  ) => Folded;
  readonly park: (document: ParkedDocument) => Promise<void>;
}): WriteBuffer => {
  const { collection, fold, park } = options;
  const held = new Map<string, Held>();

  const readMissing = async (ids: Iterable<string>): Promise<void> => {
    const missing = [...ids].filter((id) => !held.has(id));
    if (missing.length === 0) return;
    const found = await collection.getMany(missing);
    for (const [index, id] of missing.entries()) {
      const { pos, value } = found[index] ?? { pos: undefined, value: undefined };
      held.set(id, { expected: pos, pos, value });
    }
  };

  return {
    get size() {
      return held.size;
    },
    fold: async (documents) => {
      await readMissing(documents.keys());
      for (const [id, events] of documents) {
        const { expected, pos, value } = held.get(id)!;
        const before = pos === undefined || value === undefined ? undefined : { pos, value };
        const folded = fold(id, before, events);
        if (folded.poison !== undefined) await park(folded.poison);
        held.set(id, { expected, pos: folded.pos, value: folded.value });
      }
    },
    flush: async (checkpoint) => {
      // In the order of ids a tree's pages are met one after the other.
      const writes = [...held]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flatMap(([id, { expected, pos, value }]) =>
          pos === undefined || value === undefined || pos === expected ? [] : [{ id, expected, pos, value }],
        );
      for (let from = 0; from < writes.length; from += documentsPerWrite) {
        const refused = await collection.write(writes.slice(from, from + documentsPerWrite));
        if (refused.length > 0) throw new Overtaken(`${refused.length} documents were written by others.`);
        await breathe();
      }
      await collection.write([], checkpoint);
      held.clear();
      return writes.length;
    },
    clear: () => held.clear(),
  };
};
