import type { Position } from '../../../core/position.ts';
import type {
  Collection,
  DocumentValue,
  DocumentWrite,
  Find,
  ParkedDocument,
  StoredDocument,
} from '../../../ports/read-store.ts';
import { putCheckpoint, putParked, readCheckpoint, readParked, type Checkpoint } from './bookkeeping.ts';
import { ReadModelDamaged } from './checked-bytes.ts';
import { absent, type CachedDocuments } from './document-cache.ts';
import { decodeDocument, encodeDocument, holdsUndefined } from './document-format.ts';
import { moveEntry, type Environment, type OpenIndex } from './environment.ts';
import { checkedLimit, keyRange } from './key-range.ts';

/** Everything happens within the call: the promises are the port's, no work waits behind them. */
export class EmbeddedCollection<D extends DocumentValue> implements Collection<D> {
  readonly #environment: Environment;
  readonly #cache: CachedDocuments;
  readonly #indexes: ReadonlyMap<string, OpenIndex>;
  #closed: string | undefined;
  #suspicious = false;

  constructor(environment: Environment, cache: CachedDocuments) {
    this.#environment = environment;
    this.#cache = cache;
    this.#indexes = new Map(environment.indexes.map((index) => [index.spec.name, index]));
  }

  async get(id: string): Promise<StoredDocument<D> | undefined> {
    return this.#watched(() => this.#read(id));
  }

  async getMany(ids: readonly string[]): Promise<readonly (StoredDocument<D> | undefined)[]> {
    return this.#watched(() => ids.map((id) => this.#read(id)));
  }

  async find(find: Find): Promise<readonly StoredDocument<D>[]> {
    return this.#watched(() => {
      const index = this.#indexes.get(find.index);
      if (index === undefined)
        throw new RangeError(`There is no index ${find.index} in ${this.#environment.path}.`);
      return this.#readAll(index.database.getKeys(keyRange(find)) as Iterable<unknown> as Iterable<string>);
    });
  }

  async scan(after: string | undefined, limit: number): Promise<readonly StoredDocument<D>[]> {
    const start = after === undefined ? {} : { start: after, exclusiveStart: true };
    const range = { ...start, limit: checkedLimit(limit) };
    return this.#watched(() => this.#readAll(this.#environment.documents.getKeys(range)));
  }

  async write(documents: readonly DocumentWrite<D>[], checkpoint?: Checkpoint): Promise<readonly string[]> {
    return this.#watched(() => this.#apply(documents, checkpoint));
  }

  async checkpoint(partition: number): Promise<Position | undefined> {
    return this.#watched(() => readCheckpoint(this.#environment, partition));
  }

  async park(document: ParkedDocument): Promise<void> {
    this.#watched(() => {
      putParked(this.#environment, document);
    });
  }

  async release(id: string): Promise<void> {
    this.#watched(() => this.#environment.parked.removeSync(id));
  }

  async parked(): Promise<readonly ParkedDocument[]> {
    return this.#watched(() => readParked(this.#environment));
  }

  /** Something here failed in a way that damage explains: the file must be checked before it is used again. */
  get suspicious(): boolean {
    return this.#suspicious;
  }

  /** From then on every call is refused with `reason`. */
  close(reason: string): void {
    this.#closed = reason;
    this.#cache.close();
  }

  #watched<T>(work: () => T): T {
    if (this.#closed !== undefined) throw new Error(this.#closed);
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RangeError || error instanceof TypeError)) this.#suspicious = true;
      throw error;
    }
  }

  #apply(documents: readonly DocumentWrite<D>[], checkpoint: Checkpoint | undefined): readonly string[] {
    const refused: string[] = [];
    const applied = new Map<string, { readonly document: StoredDocument<D>; readonly bytes: number }>();
    this.#environment.root.transactionSync(() => {
      for (const { id, expected, pos, value } of documents) {
        const current = applied.get(id)?.document ?? this.#read(id);
        if (current?.pos === expected) {
          applied.set(id, { document: { id, pos, value }, bytes: this.#put(id, pos, value, current) });
        } else refused.push(id);
      }
      if (checkpoint !== undefined && refused.length === 0) putCheckpoint(this.#environment, checkpoint);
    });
    for (const { document, bytes } of applied.values()) this.#remember(document, bytes);
    return refused;
  }

  #read(id: string): StoredDocument<D> | undefined {
    const cached = this.#cache.get(id);
    if (cached === absent) return undefined;
    if (cached !== undefined) return cached as StoredDocument<D>;
    const bytes = this.#environment.documents.get(id);
    if (bytes === undefined) {
      this.#cache.putAbsent(id);
      return undefined;
    }
    const document = decodeDocument(id, bytes);
    this.#cache.put(document, bytes.length);
    return document as StoredDocument<D>;
  }

  #readAll(ids: Iterable<string>): readonly StoredDocument<D>[] {
    return Array.from(ids, (id) => {
      const document = this.#read(id);
      if (document !== undefined) return document;
      throw new ReadModelDamaged(`An index of ${this.#environment.path} names ${id}, which does not exist.`);
    });
  }

  #put(id: string, pos: Position, value: D, current: StoredDocument<D> | undefined): number {
    const bytes = encodeDocument(id, pos, value);
    for (const index of this.#indexes.values()) moveEntry(index, id, current?.value, value);
    this.#environment.documents.putSync(id, bytes);
    return bytes.length;
  }

  #remember(document: StoredDocument<D>, bytes: number): void {
    if (holdsUndefined(document.value)) this.#cache.forget(document.id);
    else this.#cache.put(document, bytes);
  }
}
