import type { JsonObject } from '../core/json.ts';
import type { Position } from '../core/position.ts';

/** Strings in index keys are ASCII, so that every engine sorts them alike. */
export type IndexValue = string | number | bigint | boolean;

/** Sorted by `fields` in turn, then by document id. A document that lacks one of the fields is not in the index. */
export interface IndexSpec {
  readonly name: string;
  readonly fields: readonly string[];
}

/** What a projection's documents are and how they are found. Its name carries its version: `posts@1`. */
export interface CollectionSpec {
  readonly name: string;
  readonly indexes: readonly IndexSpec[];
}

/** A plain object; fields named by an index hold index values or are absent; bigint is allowed anywhere. */
export type DocumentValue = object;

export interface StoredDocument<D extends DocumentValue> {
  readonly id: string;
  /** Of the last event folded into the document. */
  readonly pos: Position;
  readonly value: Readonly<D>;
}

/** `expected` is the `pos` as it was read, `undefined` when the document was absent. */
export interface DocumentWrite<D extends DocumentValue> {
  readonly id: string;
  readonly expected: Position | undefined;
  readonly pos: Position;
  readonly value: D;
}

export interface Find {
  readonly index: string;
  /** Values of the leading fields, which must be equal. */
  readonly equals?: readonly IndexValue[];
  /** Bounds of the field that follows them: `from` inclusive, `to` exclusive. */
  readonly range?: { readonly from?: IndexValue; readonly to?: IndexValue };
  readonly direction?: 'ascending' | 'descending';
  /** Goes on strictly behind this index key (all fields, in order) and id, in the asked direction. */
  readonly after?: { readonly key: readonly IndexValue[]; readonly id: string };
  /** 1–1,024. */
  readonly limit: number;
}

/** A document that a poison event stopped: later events for it wait in the log until it is retried. */
export interface ParkedDocument {
  readonly id: string;
  /** Of the first event that could not be folded. */
  readonly position: Position;
  readonly eventId: string;
  readonly reason: string;
}

/**
 * The documents of one projection in one generation.
 *
 * 1. `write` applies each document only if its `pos` is still `expected`; it answers the ids that were not applied.
 *    All others of the batch are applied (together with `checkpoint`, never the checkpoint before the documents).
 *    The checkpoint is stored only when no document was refused.
 * 2. Of many writes that race for one document with the same expected `pos` exactly one is applied.
 * 3. `get` and `getMany` answer what was last written; `getMany` keeps the order of `ids`, `undefined` for the absent.
 * 4. `find` answers in index order, bounded by `equals`, `range`, `after` and `limit`, in either direction.
 * 5. Index entries follow the document: a changed or absent field moves or removes them.
 * 6. `scan` walks all documents by ascending id, strictly behind `after`.
 * 7. A document comes back deeply equal, bigint and `undefined`-less.
 * 8. Checkpoints are kept per partition; `undefined` before the first.
 * 9. Parked documents are kept until they are released.
 */
export interface Collection<D extends DocumentValue> {
  get(id: string): Promise<StoredDocument<D> | undefined>;
  getMany(ids: readonly string[]): Promise<readonly (StoredDocument<D> | undefined)[]>;
  find(find: Find): Promise<readonly StoredDocument<D>[]>;
  scan(after: string | undefined, limit: number): Promise<readonly StoredDocument<D>[]>;
  write(
    documents: readonly DocumentWrite<D>[],
    checkpoint?: { readonly partition: number; readonly position: Position },
  ): Promise<readonly string[]>;
  checkpoint(partition: number): Promise<Position | undefined>;
  park(document: ParkedDocument): Promise<void>;
  release(id: string): Promise<void>;
  parked(): Promise<readonly ParkedDocument[]>;
}

/** The store cannot be asked now (503); nothing is known of what was asked, so that it is asked again. */
export class ReadStoreUnavailable extends Error {
  override readonly name = 'ReadStoreUnavailable';
}

/** Which generations of a projection there are. Reads go to `live`; `previous` is fed on until it is dropped. */
export interface Generations {
  readonly live: number;
  readonly previous?: number;
  readonly building?: number;
}

/**
 * Holds every read model; all of it can be thrown away and rebuilt from the log.
 *
 * 10. `generations` answers `undefined` for a projection that was never created here.
 * 11. `changeGenerations` is a compare-and-set: it answers whether it was applied.
 * 12. `collection` opens a generation, creating it and its declared indexes when missing.
 * 13. Generations share nothing; `drop` removes one with its bytes.
 * 14. `logId` names the log the store was built from (`undefined` when new); `claimFor` sets it once. A store of another
 *     log is never read: whoever opens it compares and throws it away or refuses.
 */
export interface ReadStore {
  logId(): Promise<string | undefined>;
  claimFor(logId: string): Promise<void>;
  generations(projection: string): Promise<Generations | undefined>;
  changeGenerations(
    projection: string,
    expected: Generations | undefined,
    next: Generations,
  ): Promise<boolean>;
  collection<D extends DocumentValue>(spec: CollectionSpec, generation: number): Promise<Collection<D>>;
  drop(projection: string, generation: number): Promise<void>;
  /** Names of all projections that have generations here, sorted. */
  projections(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** What a stored value is outside of TypeScript's eyes; adapters use it. */
export type AnyDocument = StoredDocument<JsonObject>;
