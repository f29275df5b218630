import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type {
  Collection,
  CollectionSpec,
  DocumentValue,
  Generations,
  ReadStore,
} from '../../../ports/read-store.ts';
import { EmbeddedCollection } from './collection.ts';
import { documentCache, type DocumentCache } from './document-cache.ts';
import { openEnvironment, type Environment } from './environment.ts';
import { environmentFiles, removeEnvironment, takeOver } from './take-over.ts';
import { syncPath, writeState, type LeftFile, type StoreState } from './store-state.ts';

export interface ReadStoreOptions {
  /** The store's own directory, made when missing. One process at a time: the owner of `DATA_DIR` sees to it. */
  readonly directory: string;
  /** Told, in a sentence, when something was damaged and is thrown away, so that it is rebuilt from the log. */
  readonly onNotice?: (sentence: string) => void;
  /** Approximate bytes of decoded documents that are kept in memory. 20 MB by default. */
  readonly cacheBytes?: number;
}

interface Opened {
  readonly environment: Environment;
  readonly collection: EmbeddedCollection<DocumentValue>;
}

/** Read models in LMDB, one file for each generation of each projection (docs/decisions/0003-embedded-stores.md). */
export const openReadStore = async (options: ReadStoreOptions): Promise<ReadStore> => {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const state = await takeOver(options.directory, options.onNotice ?? (() => undefined));
  return new EmbeddedReadStore(options.directory, state, documentCache(options.cacheBytes ?? 20_000_000));
};

class EmbeddedReadStore implements ReadStore {
  readonly #directory: string;
  readonly #cache: DocumentCache;
  readonly #opened = new Map<string, Opened>();
  #state: StoreState;
  #closed = false;

  constructor(directory: string, state: StoreState, cache: DocumentCache) {
    this.#directory = directory;
    this.#state = state;
    this.#cache = cache;
  }

  async logId(): Promise<string | undefined> {
    return this.#state.logId;
  }

  async claimFor(logId: string): Promise<void> {
    if (this.#state.logId === logId) return;
    if (this.#state.logId !== undefined) {
      throw new Error(`The read store belongs to log ${this.#state.logId}, not to ${logId}.`);
    }
    this.#change({ ...this.#state, logId });
  }

  async generations(projection: string): Promise<Generations | undefined> {
    return this.#state.generations[projection];
  }

  async changeGenerations(
    projection: string,
    expected: Generations | undefined,
    next: Generations,
  ): Promise<boolean> {
    if (!isDeepStrictEqual(plain(this.#state.generations[projection]), plain(expected))) return false;
    this.#change({ ...this.#state, generations: { ...this.#state.generations, [projection]: next } });
    return true;
  }

  async collection<D extends DocumentValue>(
    spec: CollectionSpec,
    generation: number,
  ): Promise<Collection<D>> {
    this.#assertOpen();
    const name = fileName(spec.name, generation);
    const opened = this.#opened.get(name) ?? this.#open(name, spec);
    return opened.collection as unknown as Collection<D>;
  }

  async drop(projection: string, generation: number): Promise<void> {
    this.#assertOpen();
    const name = fileName(projection, generation);
    const opened = this.#opened.get(name);
    this.#opened.delete(name);
    opened?.collection.close(`Generation ${generation} of ${projection} was dropped.`);
    await opened?.environment.root.close();
    removeEnvironment(this.#directory, name);
    syncPath(this.#directory);
  }

  async projections(): Promise<readonly string[]> {
    return Object.keys(this.#state.generations).sort();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const suspicious = new Set<string>();
    for (const [name, { environment, collection }] of this.#opened) {
      if (collection.suspicious) suspicious.add(name);
      collection.close('The read store is closed.');
      await environment.root.close();
    }
    const left: Record<string, LeftFile> = {};
    for (const name of environmentFiles(this.#directory).filter((file) => !suspicious.has(file))) {
      const path = join(this.#directory, name);
      syncPath(path);
      const { size, mtimeMs } = statSync(path);
      left[name] = { size, mtimeMs };
    }
    writeState(this.#directory, { ...this.#state, left });
  }

  #open(name: string, spec: CollectionSpec): Opened {
    const environment = openEnvironment(join(this.#directory, name), spec);
    const collection = new EmbeddedCollection<DocumentValue>(environment, this.#cache.collection());
    const opened = { environment, collection };
    this.#opened.set(name, opened);
    return opened;
  }

  #change(next: StoreState): void {
    this.#assertOpen();
    writeState(this.#directory, next);
    this.#state = next;
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('The read store is closed.');
  }
}

/** `@` and the like stay out of file names. */
const fileName = (projection: string, generation: number): string =>
  `${encodeURIComponent(projection)}.${generation}.mdb`;

/** A field that is `undefined` is the same as one that is absent. */
const plain = (generations: Generations | undefined): unknown =>
  generations === undefined ? undefined : JSON.parse(JSON.stringify(generations));
