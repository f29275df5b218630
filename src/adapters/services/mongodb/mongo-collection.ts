import {
  MongoBulkWriteError,
  ObjectId,
  type AnyBulkWriteOperation,
  type Collection as Stored,
} from 'mongodb';
import type { Position } from '../../../core/position.ts';
import type {
  Collection,
  CollectionSpec,
  DocumentValue,
  DocumentWrite,
  Find,
  ParkedDocument,
  StoredDocument,
} from '../../../ports/read-store.ts';
import { asked, isDuplicate, type MongoConnection } from './connect.ts';
import { indexKeys, queryOf } from './index-query.ts';
import type { MongoDocument } from './mongo-document.ts';

interface Checkpoint {
  readonly _id: number;
  readonly position: bigint;
}

interface Parked {
  readonly _id: string;
  readonly position: bigint;
  readonly eventId: string;
  readonly reason: string;
}

const longestPage = 1_024;

const stored = <D extends DocumentValue>({ _id, pos, v }: MongoDocument): StoredDocument<D> => ({
  id: _id,
  pos: pos as Position,
  value: v as D,
});

const operationOf = <D extends DocumentValue>(
  { id, expected, pos, value }: DocumentWrite<D>,
  w: ObjectId,
): AnyBulkWriteOperation<MongoDocument> =>
  expected === undefined
    ? { insertOne: { document: { _id: id, pos, v: value, w } } }
    : { replaceOne: { filter: { _id: id, pos: expected }, replacement: { pos, v: value, w } } };

/** Compares as the server sorts ids: they are ASCII. */
const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0;

/** One generation: its documents, and beside them its checkpoints and what is parked. */
export const openMongoCollection = async <D extends DocumentValue>(
  { database, bounded }: MongoConnection,
  spec: CollectionSpec,
  name: string,
): Promise<Collection<D>> => {
  const documents = database.collection<MongoDocument>(name);
  const checkpoints = database.collection<Checkpoint>(`${name}.checkpoints`);
  const parked = database.collection<Parked>(`${name}.parked`);
  const indexes = new Map(spec.indexes.map((index) => [index.name, index]));
  for (const index of spec.indexes) {
    await asked(() => documents.createIndex(indexKeys(index), { name: index.name }, bounded));
  }

  /** Which of the updates were refused: the server only says how many were not. */
  const refusedAmong = async (
    updates: readonly DocumentWrite<D>[],
    own: ObjectId,
  ): Promise<readonly string[]> => {
    const found = await asked(() =>
      documents
        .find({ _id: { $in: updates.map(({ id }) => id) } }, { projection: { w: 1 }, ...bounded })
        .toArray(),
    );
    const applied = new Set(found.filter(({ w }) => own.equals(w)).map(({ _id }) => _id));
    return updates.filter(({ id }) => !applied.has(id)).map(({ id }) => id);
  };

  /** Sorted by id, for bulks that overlap in another order deadlock on some servers. */
  const writeAll = async (writes: readonly DocumentWrite<D>[]): Promise<readonly string[]> => {
    const sorted = writes.toSorted(byId);
    const updates = sorted.filter(({ expected }) => expected !== undefined);
    const own = new ObjectId();
    const bulk = sorted.map((write) => operationOf(write, own));
    const { matched, taken } = await asked(() => bulkOutcome(documents, bulk, bounded));
    const refused = taken.map((place) => sorted[place]!.id);
    return matched === updates.length ? refused : [...refused, ...(await refusedAmong(updates, own))];
  };

  return {
    get: async (id) => {
      const found = await asked(() => documents.findOne({ _id: id }, bounded));
      return found === null ? undefined : stored<D>(found);
    },
    getMany: async (ids) => {
      if (ids.length === 0) return [];
      const found = await asked(() => documents.find({ _id: { $in: [...ids] } }, bounded).toArray());
      const byKey = new Map(found.map((document) => [document._id, stored<D>(document)]));
      return ids.map((id) => byKey.get(id));
    },
    find: async (find: Find) => {
      const index = indexes.get(find.index);
      if (index === undefined) throw new RangeError(`${spec.name} declares no index ${find.index}.`);
      refusePage(find.limit);
      const { filter, sort } = queryOf(index, find);
      const found = await asked(() => documents.find(filter, bounded).sort(sort).limit(find.limit).toArray());
      return found.map((document) => stored<D>(document));
    },
    scan: async (after, limit) => {
      refusePage(limit);
      const filter = after === undefined ? {} : { _id: { $gt: after } };
      const found = await asked(() =>
        documents.find(filter, bounded).sort({ _id: 1 }).limit(limit).toArray(),
      );
      return found.map((document) => stored<D>(document));
    },
    write: async (writes, checkpoint) => {
      const refused = writes.length === 0 ? [] : await writeAll(writes);
      if (refused.length === 0 && checkpoint !== undefined) {
        const { partition, position } = checkpoint;
        await replaced(() =>
          checkpoints.replaceOne({ _id: partition }, { position }, { upsert: true, ...bounded }),
        );
      }
      return refused;
    },
    checkpoint: async (partition) =>
      (await asked(() => checkpoints.findOne({ _id: partition }, bounded)))?.position as Position | undefined,
    park: async ({ id, ...rest }: ParkedDocument) => {
      await replaced(() => parked.replaceOne({ _id: id }, rest, { upsert: true, ...bounded }));
    },
    release: async (id) => {
      await asked(() => parked.deleteOne({ _id: id }, bounded));
    },
    parked: async () => {
      const found = await asked(() => parked.find({}, bounded).sort({ _id: 1 }).toArray());
      return found.map(({ _id, position, eventId, reason }) => ({
        id: _id,
        position: position as Position,
        eventId,
        reason,
      }));
    },
  };
};

/** The collections that a generation consists of. */
export const collectionNames = (name: string): readonly string[] => [
  name,
  `${name}.checkpoints`,
  `${name}.parked`,
];

const refusePage = (limit: number): void => {
  if (!Number.isInteger(limit) || limit < 1 || limit > longestPage)
    throw new RangeError(`A page has 1 to ${longestPage} documents, not ${limit}.`);
};

/** How many updates met their document, and which operations met one that was there already. */
const bulkOutcome = async (
  documents: Stored<MongoDocument>,
  bulk: readonly AnyBulkWriteOperation<MongoDocument>[],
  bounded: MongoConnection['bounded'],
): Promise<{ readonly matched: number; readonly taken: readonly number[] }> => {
  try {
    return {
      matched: (await documents.bulkWrite(bulk, { ordered: false, ...bounded })).matchedCount,
      taken: [],
    };
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError)) throw error;
    const failures = [error.writeErrors].flat();
    // Only an id that is there already means that somebody else wrote; anything else is a real failure.
    if (failures.length === 0 || !failures.every(({ code, errmsg }) => code === 11000 && onId(errmsg)))
      throw error;
    return { matched: error.result.matchedCount, taken: failures.map(({ index }) => index) };
  }
};

const onId = (message: string | undefined): boolean => message === undefined || /_id_?\b/.test(message);

/** Two upserts of one new document race for its insert; the loser's is an update the next time. */
const replaced = async (replace: () => Promise<unknown>): Promise<void> => {
  try {
    await asked(replace);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    await asked(replace);
  }
};
