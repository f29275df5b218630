import { open, type Database, type RootDatabase } from 'lmdb';
import type { Clock } from '../../../core/clock.ts';
import { EphemeralStoreUnavailable } from '../../../ports/ephemeral-store.ts';
import { decodeRecord, encodeRecord, type Record } from './record.ts';
import { recordCache, type RecordCache } from './record-cache.ts';

/** What goes to the disk together. `undefined` removes the key. */
interface Batch {
  readonly records: Map<string, Record | undefined>;
  readonly synced: Promise<void>;
  readonly settle: (error?: Error) => void;
}

/** What LMDB takes, less its own marks. */
const maxKeyBytes = 1_900;

/** With every write so many records are looked at whether their time is over. */
const sweptPerWrite = 4;

/**
 * Records in LMDB, written in groups: while one group is synced, the next gathers. A look sees what is not synced yet, so
 * decisions are made in order; whoever answers on it waits for `synced` first.
 */
export class SyncedValues {
  readonly #root: RootDatabase<Buffer, string>;
  readonly #database: Database<Buffer, string>;
  readonly #clock: Clock;
  readonly #cache: RecordCache;
  #gathering: Batch | undefined;
  #syncing: Batch | undefined;
  #working: Promise<void> | undefined;
  #sweptTo: string | undefined;
  #closed = false;

  constructor(path: string, clock: Clock, cacheBytes: number) {
    this.#root = open<Buffer, string>({
      path,
      noSubdir: true,
      encoding: 'binary',
      // Plain LMDB syncing: a commit resolves after the file is synced, and a power cut leaves the commit before it.
      overlappingSync: false,
      // With it, a failed commit rejects a promise of lmdb's own that nobody can handle.
      eventTurnBatching: false,
    });
    this.#database = this.#root.openDB<Buffer, string>({ name: 'values', encoding: 'binary' });
    this.#clock = clock;
    this.#cache = recordCache(cacheBytes);
  }

  /** The living record as of the last call to `put`, synced or not. */
  look(key: string): Record | undefined {
    this.#assertOpen();
    const record = this.#held(key);
    return record !== undefined && this.#clock.now() < record.expiresAt ? record : undefined;
  }

  /** Resolves once what `look` saw of this key is durable. */
  synced(key: string): Promise<void> | undefined {
    if (this.#gathering?.records.has(key) === true) return this.#gathering.synced;
    return this.#syncing?.records.has(key) === true ? this.#syncing.synced : undefined;
  }

  /** @throws EphemeralStoreUnavailable when it could not be written (whether it was is not known then), RangeError. */
  put(key: string, record: Record | undefined): Promise<void> {
    this.#assertOpen();
    if (Buffer.byteLength(key) > maxKeyBytes) throw new RangeError(`A key has at most ${maxKeyBytes} bytes.`);
    const batch = (this.#gathering ??= newBatch());
    batch.records.set(key, record);
    this.#working ??= this.#work();
    return batch.synced;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
    await this.#root.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new EphemeralStoreUnavailable('The ephemeral store is closed.');
  }

  #held(key: string): Record | undefined {
    for (const batch of [this.#gathering, this.#syncing]) {
      if (batch?.records.has(key) === true) return batch.records.get(key);
    }
    const cached = this.#cache.get(key);
    if (cached !== undefined) return cached;
    const bytes = this.#database.get(key);
    if (bytes === undefined) return undefined;
    const record = decodeRecord(key, bytes);
    this.#cache.put(key, record);
    return record;
  }

  async #work(): Promise<void> {
    // Lets everything that is asked for in this turn of the event loop join the first group.
    await Promise.resolve();
    for (let batch = this.#gathering; batch !== undefined; batch = this.#gathering) {
      this.#gathering = undefined;
      this.#syncing = batch;
      await this.#sync(batch);
      this.#syncing = undefined;
    }
    this.#working = undefined;
  }

  /** Never rejects: those who wait for the batch are told. */
  async #sync({ records, settle }: Batch): Promise<void> {
    for (const key of records.keys()) this.#cache.forget(key);
    try {
      await this.#commit(records);
      for (const [key, record] of records) if (record !== undefined) this.#cache.put(key, record);
      settle();
    } catch (error) {
      settle(new EphemeralStoreUnavailable('The ephemeral store could not be written.', { cause: error }));
    }
  }

  async #commit(records: ReadonlyMap<string, Record | undefined>): Promise<void> {
    const swept = this.#expired(records.size * sweptPerWrite).filter((key) => !records.has(key));
    const writes = swept.map((key) => this.#database.remove(key));
    for (const [key, record] of records) {
      const write =
        record === undefined
          ? this.#database.remove(key)
          : this.#database.put(key, encodeRecord(key, record));
      writes.push(write);
    }
    await Promise.all(writes.map(handled));
  }

  /** Goes round all keys, a few at a time. */
  #expired(count: number): readonly string[] {
    const now = this.#clock.now();
    const start = this.#sweptTo === undefined ? {} : { start: this.#sweptTo, exclusiveStart: true };
    const expired: string[] = [];
    let last: string | undefined;
    for (const { key, value } of this.#database.getRange({ ...start, limit: count })) {
      last = key;
      if (decodeRecord(key, value).expiresAt <= now) expired.push(key);
    }
    this.#sweptTo = last;
    for (const key of expired) this.#cache.forget(key);
    return expired;
  }
}

/** A failed commit's error carries one more promise, which is rejected a moment later. */
const handled = (write: Promise<boolean>): Promise<boolean> =>
  write.catch((error: unknown) => {
    (error as { readonly commitError?: Promise<unknown> }).commitError?.catch(() => undefined);
    throw error;
  });

const newBatch = (): Batch => {
  let settle: Batch['settle'] = () => undefined;
  const synced = new Promise<void>((resolve, reject) => {
    settle = (error) => {
      if (error === undefined) resolve();
      else reject(error);
    };
  });
  // Somebody waits for each batch, but not always from its first moment on.
  synced.catch(() => undefined);
  return { records: new Map(), synced, settle };
};
