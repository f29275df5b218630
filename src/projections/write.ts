import type { Position } from '../core/position.ts';
import type { Recorded } from '../events/codec.ts';
import type { Collection, DocumentWrite, ParkedDocument, StoredDocument } from '../ports/read-store.ts';
import type { Folded } from './fold.ts';

/** Each refusal means that another runner has come further, so even two in step are through long before. */
const turns = 64;

/**
 * Reads the documents, folds their events and writes each by compare-and-set, until none is refused any more; only then
 * the store keeps the checkpoint. What cannot be folded is parked before.
 * @returns how many documents changed.
 */
export const writeFolded = async (options: {
  readonly collection: Collection<object>;
  readonly documents: ReadonlyMap<string, readonly Recorded[]>;
  readonly fold: (
    id: string,
    before: StoredDocument<object> | undefined,
    events: readonly Recorded[],
  ) => Folded;
  readonly park: (document: ParkedDocument) => Promise<void>;
  readonly checkpoint: { readonly partition: number; readonly position: Position };
  readonly pause: (turn: number) => Promise<void>;
}): Promise<number> => {
  const { collection, documents, fold, park, checkpoint, pause } = options;
  let ids: readonly string[] = [...documents.keys()];
  let written = 0;
  for (let turn = 1; turn <= turns; turn += 1) {
    const before = await collection.getMany(ids);
    const writes: DocumentWrite<object>[] = [];
    for (const [index, id] of ids.entries()) {
      const expected = before[index]?.pos;
      const { pos, value, poison } = fold(id, before[index], documents.get(id)!);
      if (poison !== undefined) await park(poison);
      if (pos !== undefined && value !== undefined && pos !== expected) {
        writes.push({ id, expected, pos, value });
      }
    }
    ids = await collection.write(writes, checkpoint);
    written += writes.length - ids.length;
    if (ids.length === 0) return written;
    await pause(turn);
  }
  throw new Error(`${ids.length} documents were written by others ${turns} times over.`);
};
