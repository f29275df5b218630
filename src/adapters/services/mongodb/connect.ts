import { MongoClient, MongoServerError, type Db } from 'mongodb';
import type { Millis } from '../../../core/clock.ts';
import { ReadStoreUnavailable } from '../../../ports/read-store.ts';

export interface MongoOptions {
  /** `mongodb://…` or `mongodb+srv://…`; hosts, credentials and options. */
  readonly url: string;
  readonly database: string;
  /** Bound of every operation: `maxTimeMS` on the server, and of the socket beyond it. */
  readonly timeout?: Millis;
}

export interface MongoConnection {
  readonly client: MongoClient;
  readonly database: Db;
  /** Goes with every operation. */
  readonly bounded: { readonly maxTimeMS: Millis };
}

/** @throws ReadStoreUnavailable when no server answers. */
export const connectMongo = async ({
  url,
  database,
  timeout = 3_000,
}: MongoOptions): Promise<MongoConnection> => {
  const client = new MongoClient(url, {
    appName: 'storyline',
    serverSelectionTimeoutMS: timeout,
    connectTimeoutMS: timeout,
    // A frozen server sends nothing, not even that the time is over.
    socketTimeoutMS: timeout + 1_000,
    // A request is answered in time rather than asked twice; runners ask again by themselves.
    retryReads: false,
    retryWrites: false,
    // Positions pass 2^53.
    useBigInt64: true,
    ignoreUndefined: true,
    readPreference: 'primary',
    writeConcern: { w: 'majority', journal: true },
  });
  try {
    await client.connect();
    const db = client.db(database);
    await db.command({ ping: 1 });
    return { client, database: db, bounded: { maxTimeMS: timeout } };
  } catch (error) {
    await client.close();
    throw unavailable(error);
  }
};

const codeOf = (error: unknown): unknown => (error instanceof MongoServerError ? error.code : undefined);

/** There was nothing to drop. */
export const isMissing = (error: unknown): boolean =>
  codeOf(error) === 26 || (error instanceof MongoServerError && error.message === 'ns not found');

/** Two wrote the same: E11000. */
export const isDuplicate = (error: unknown): boolean => codeOf(error) === 11000;

/** MongoDB's write conflict and DocumentDB's deadlock: nothing was written, and the next try may do. */
export const isPassing = (error: unknown): boolean => [112, 16908292].includes(codeOf(error) as number);

export const unavailable = (error: unknown): ReadStoreUnavailable =>
  new ReadStoreUnavailable(
    `MongoDB does not answer: ${error instanceof Error ? error.message : String(error)}`,
    {
      cause: error,
    },
  );

/** Faults as the port knows them; what the server says of the request itself stays as it is. */
export const asked = async <T>(question: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await question();
    } catch (error) {
      if (isPassing(error) && attempt < 5) continue;
      throw error instanceof MongoServerError && !isPassing(error) ? error : unavailable(error);
    }
  }
};
