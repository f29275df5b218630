import type { Position } from '../../../core/position.ts';
import type {
  Collection,
  DocumentValue,
  DocumentWrite,
  Find,
  ParkedDocument,
  StoredDocument,
} from '../../../ports/read-store.ts';
import { ReadModelDamaged, sealedJson, unsealJson } from './checked-bytes.ts';
import type { CachedDocuments } from './document-cache.ts';
import { decodeDocument, encodeDocument, holdsUndefined } from './document-format.ts';
import { noBytes, type Environment, type OpenIndex } from './environment.ts';
import { indexKey, indexValues, lowerBound, upperBound } from './index-key.ts';

const maxLimit = 1_024;

/** Everything happens within the call: the promises are the port's, no work waits behind them. */
export class EmbeddedCollection<D extends DocumentValue> implements Collection<D> {
  readonly #environment: Environment;
  readonly #cache: CachedDocuments;
  readonly #indexes: ReadonlyMap<string, OpenIndex>;
  #closed: string | undefined;

  constructor(environment: Environment, cache: CachedDocuments) {
    this.#environment = environment;
    this.#cache = cache;
    this.#indexes = new Map(environment.indexes.map((index) => [index.spec.name, index]));
  }

  async get(id: string): Promise<StoredDocument<D> | undefined> {
    return this.#read(id);
  }

  async getMany(ids: readonly string[]): Promise<readonly (StoredDocument<D> | undefined)[]> {
    return ids.map((id) => this.#read(id));
  }

  async find(find: Find): Promise<readonly StoredDocument<D>[]> {
    this.#assertOpen();
    const index = this.#indexes.get(find.index);
    if (index === undefined) throw new Error(`There is no index ${find.index} in ${this.#environment.path}.`);
    return this.#readAll(index.database.getKeys(keyRange(find)) as Iterable<unknown> as Iterable<string>);
  }

  async scan(after: string | undefined, limit: number): Promise<readonly StoredDocument<D>[]> {
    this.#assertOpen();
    const start = after === undefined ? {} : { start: after, exclusiveStart: true };
    return this.#readAll(this.#environment.documents.getKeys({ ...start, limit: checkedLimit(limit) }));
  }

  async write(
    documents: readonly DocumentWrite<D>[],
    checkpoint?: { readonly partition: number; readonly position: Position },
  ): Promise<readonly string[]> {
    this.#assertOpen();
    const refused: string[] = [];
    const applied = new Map<string, { readonly document: StoredDocument<D>; readonly bytes: number }>();
    this.#environment.root.transactionSync(() => {
      for (const { id, expected, pos, value } of documents) {
        const current = applied.get(id)?.document ?? this.#read(id);
        if (current?.pos === expected) {
          applied.set(id, { document: { id, pos, value }, bytes: this.#put(id, pos, value, current) });
        } else refused.push(id);
      }
      if (checkpoint !== undefined && refused.length === 0)
        this.#putCheckpoint(checkpoint.partition, checkpoint.position);
    });
    for (const { document, bytes } of applied.values()) this.#remember(document, bytes);
    return refused;
  }

  async checkpoint(partition: number): Promise<Position | undefined> {
    this.#assertOpen();
    const key = checkpointKey(partition);
    const bytes = this.#environment.meta.get(key);
    return bytes === undefined ? undefined : (BigInt(unsealJson(key, bytes) as string) as Position);
  }

  async park(document: ParkedDocument): Promise<void> {
    this.#assertOpen();
    const value = { ...document, position: document.position.toString() };
    this.#environment.parked.putSync(document.id, sealedJson(document.id, value));
  }

  async release(id: string): Promise<void> {
    this.#assertOpen();
    this.#environment.parked.removeSync(id);
  }

  async parked(): Promise<readonly ParkedDocument[]> {
    this.#assertOpen();
    return Array.from(this.#environment.parked.getRange(), ({ key, value }) => {
      const stored = unsealJson(key, value) as Omit<ParkedDocument, 'position'> & {
        readonly position: string;
      };
      return { ...stored, position: BigInt(stored.position) as Position };
    });
  }

  /** From then on every call is refused with `reason`. */
  close(reason: string): void {
    this.#closed = reason;
    this.#cache.close();
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw new Error(this.#closed);
  }

  #read(id: string): StoredDocument<D> | undefined {
    const cached = this.#cache.get(id);
    if (cached !== undefined) return cached as StoredDocument<D>;
    this.#assertOpen();
    const bytes = this.#environment.documents.get(id);
    if (bytes === undefined) return undefined;
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

  #putCheckpoint(partition: number, position: Position): void {
    const key = checkpointKey(partition);
    this.#environment.meta.putSync(key, sealedJson(key, position.toString()));
  }

  #remember(document: StoredDocument<D>, bytes: number): void {
    if (holdsUndefined(document.value)) this.#cache.forget(document.id);
    else this.#cache.put(document, bytes);
  }
}

const checkpointKey = (partition: number): string => `checkpoint/${partition}`;

const checkedLimit = (limit: number): number => {
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxLimit) return limit;
  throw new RangeError(`A limit is between 1 and ${maxLimit}, not ${limit}.`);
};

const moveEntry = (
  { spec, database }: OpenIndex,
  id: string,
  before: object | undefined,
  after: object,
): void => {
  const old = before === undefined ? undefined : indexValues(before, spec.fields);
  const next = indexValues(after, spec.fields);
  if (old !== undefined && next !== undefined && old.every((value, at) => value === next[at])) return;
  if (old !== undefined) database.removeSync(indexKey(old, id));
  if (next !== undefined) database.putSync(indexKey(next, id), noBytes);
};

/** No stored key equals a bound, because a bound has no id at its end; only `after` is a whole key and must be left out. */
const keyRange = ({ equals = [], range = {}, direction, after, limit }: Find) => {
  const behind = after === undefined ? undefined : indexKey(after.key, after.id);
  const low = lowerBound(range.from === undefined ? equals : [...equals, range.from]);
  const high = range.to === undefined ? upperBound(equals) : lowerBound([...equals, range.to]);
  const reverse = direction === 'descending';
  const [first, end] = reverse ? [high, low] : [low, high];
  const goesOn = behind !== undefined && (reverse ? behind.compare(first) < 0 : behind.compare(first) > 0);
  return { start: goesOn ? behind : first, end, exclusiveStart: goesOn, reverse, limit: checkedLimit(limit) };
};
