import type { Filter } from 'mongodb';
import type { Generations, ReadStore } from '../../../ports/read-store.ts';
import { asked, connectMongo, isDuplicate, isMissing, type MongoOptions } from './connect.ts';
import { collectionNames, openMongoCollection } from './mongo-collection.ts';

interface StoredGenerations extends Generations {
  readonly _id: string;
}

interface LogMark {
  readonly _id: 'log';
  readonly logId: string;
}

const exactly = (
  projection: string,
  { live, previous, building }: Generations,
): Filter<StoredGenerations> => ({
  _id: projection,
  live,
  previous: previous ?? { $exists: false },
  building: building ?? { $exists: false },
});

const nameOf = (projection: string, generation: number): string => `${projection}.${generation}`;

/** Read models in MongoDB, one collection for each generation of each projection. */
export const openMongoReadStore = async (options: MongoOptions): Promise<ReadStore> => {
  const connection = await connectMongo(options);
  const { client, database, bounded } = connection;
  const generations = database.collection<StoredGenerations>('generations');
  const marks = database.collection<LogMark>('storyline');

  const logId = async (): Promise<string | undefined> =>
    (await asked(() => marks.findOne({ _id: 'log' }, bounded)))?.logId;

  return {
    logId,
    claimFor: async (claimed) => {
      try {
        await asked(() => marks.insertOne({ _id: 'log', logId: claimed }, bounded));
      } catch (error) {
        if (!isDuplicate(error)) throw error;
        const owner = await logId();
        if (owner !== claimed) throw new Error(`The read store belongs to log ${owner}, not to ${claimed}.`);
      }
    },
    generations: async (projection) => {
      const found = await asked(() => generations.findOne({ _id: projection }, bounded));
      if (found === null) return undefined;
      const { _id: _name, ...known } = found;
      return known;
    },
    changeGenerations: async (projection, expected, next) => {
      if (expected === undefined) {
        try {
          await asked(() => generations.insertOne({ _id: projection, ...next }, bounded));
          return true;
        } catch (error) {
          if (isDuplicate(error)) return false;
          throw error;
        }
      }
      const changed = await asked(() => generations.replaceOne(exactly(projection, expected), next, bounded));
      return changed.matchedCount === 1;
    },
    collection: (spec, generation) => openMongoCollection(connection, spec, nameOf(spec.name, generation)),
    drop: async (projection, generation) => {
      for (const name of collectionNames(nameOf(projection, generation))) {
        await asked(() => database.dropCollection(name, bounded)).catch((error: unknown) => {
          if (!isMissing(error)) throw error;
        });
      }
    },
    projections: async () => {
      const found = await asked(() => generations.find({}, bounded).sort({ _id: 1 }).toArray());
      return found.map(({ _id }) => _id);
    },
    close: async () => {
      await client.close();
    },
  };
};
