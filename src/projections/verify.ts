import type { Collection, StoredDocument } from '../ports/read-store.ts';
import { canonicalJson, createCanonicalHash } from './canonical.ts';

/** What one side of a comparison holds. */
export interface CollectionHash {
  readonly hash: string;
  readonly rows: number;
}

export interface Comparison {
  readonly equal: boolean;
  readonly live: CollectionHash;
  readonly rebuilt: CollectionHash;
  /** The first row, by id, in which the two differ; `undefined` where one side has no such row. */
  readonly firstDifference?: {
    readonly id: string;
    readonly live: string | undefined;
    readonly rebuilt: string | undefined;
  };
}

type Row = StoredDocument<object>;

const page = 512;

async function* rowsOf(collection: Collection<object>): AsyncGenerator<Row> {
  for (let after: string | undefined; ;) {
    const rows = await collection.scan(after, page);
    yield* rows;
    if (rows.length < page) return;
    after = rows.at(-1)!.id;
  }
}

/** The canonical hash of all documents: equal hashes, equal read models. */
export const hashCollection = async (collection: Collection<object>): Promise<CollectionHash> => {
  const hash = createCanonicalHash();
  for await (const { id, value } of rowsOf(collection)) hash.add(id, canonicalJson(value));
  return hash.digest();
};

/** Both sides' rows by ascending id, side by side. */
async function* pairsOf(
  live: Collection<object>,
  rebuilt: Collection<object>,
): AsyncGenerator<{
  readonly id: string;
  readonly live: Row | undefined;
  readonly rebuilt: Row | undefined;
}> {
  const left = rowsOf(live);
  const right = rowsOf(rebuilt);
  let a = (await left.next()).value as Row | undefined;
  let b = (await right.next()).value as Row | undefined;
  while (a !== undefined || b !== undefined) {
    const id = b === undefined || (a !== undefined && a.id < b.id) ? a!.id : b.id;
    yield { id, live: a?.id === id ? a : undefined, rebuilt: b?.id === id ? b : undefined };
    if (a?.id === id) a = (await left.next()).value as Row | undefined;
    if (b?.id === id) b = (await right.next()).value as Row | undefined;
  }
}

/**
 * Compares a collection with a rebuilt one while both are fed on. Rows that differ may only be at different events, so
 * they are read again after `settle`, until they are at the same event or have been so `patience` times.
 * @param settle resolves when both sides have folded what the other had.
 */
export const compareCollections = async (
  live: Collection<object>,
  rebuilt: Collection<object>,
  settle: () => Promise<void> = () => Promise.resolve(),
  patience = 50,
): Promise<Comparison> => {
  const hashes = { live: createCanonicalHash(), rebuilt: createCanonicalHash() };
  let firstDifference: Comparison['firstDifference'];
  for await (const pair of pairsOf(live, rebuilt)) {
    let [a, b] = [pair.live, pair.rebuilt];
    for (let turn = 0; turn < patience && a?.pos !== b?.pos; turn += 1) {
      await settle();
      [a, b] = [await live.get(pair.id), await rebuilt.get(pair.id)];
    }
    const texts = [a, b].map((row) => (row === undefined ? undefined : canonicalJson(row.value)));
    if (texts[0] !== undefined) hashes.live.add(pair.id, texts[0]);
    if (texts[1] !== undefined) hashes.rebuilt.add(pair.id, texts[1]);
    if (texts[0] !== texts[1]) firstDifference ??= { id: pair.id, live: texts[0], rebuilt: texts[1] };
  }
  return {
    equal: firstDifference === undefined,
    live: hashes.live.digest(),
    rebuilt: hashes.rebuilt.digest(),
    ...(firstDifference === undefined ? {} : { firstDifference }),
  };
};
