import { open, type Database, type RootDatabase } from 'lmdb';
import type { CollectionSpec, IndexSpec } from '../../../ports/read-store.ts';
import { sealedJson, unsealJson } from './checked-bytes.ts';
import { decodeDocument } from './document-format.ts';
import { indexKey, indexKeyEncoder, indexValues } from './index-key.ts';

export type Bytes = Database<Buffer, string>;
/** Keys go in as `Buffer` and come out as the id of the document. */
export type IndexDatabase = Database<Buffer, Buffer>;

export interface OpenIndex {
  readonly spec: IndexSpec;
  readonly database: IndexDatabase;
}

/** One LMDB file: the documents of one projection in one generation with all that belongs to them. */
export interface Environment {
  readonly path: string;
  readonly root: RootDatabase<Buffer, string>;
  readonly documents: Bytes;
  /** Checkpoints and which indexes are declared. */
  readonly meta: Bytes;
  readonly parked: Bytes;
  readonly indexes: readonly OpenIndex[];
}

export const noBytes = Buffer.alloc(0);
const declaredKey = 'indexes';
export const indexPrefix = 'index/';

/**
 * Without syncing: the store is derived, so after a power cut it is thrown away (see `store-state.ts`), and what a killed
 * process wrote is still in the page cache.
 */
export const openEnvironment = (path: string, spec: CollectionSpec): Environment => {
  const root = openRoot(path);
  const environment = {
    path,
    root,
    ...openDatabases(root),
    indexes: spec.indexes.map((index) => ({ spec: index, database: openIndex(root, index) })),
  };
  root.transactionSync(() => {
    bringIndexesUpToDate(environment);
  });
  return environment;
};

export const openRoot = (path: string): RootDatabase<Buffer, string> =>
  open<Buffer, string>({
    path,
    noSubdir: true,
    encoding: 'binary',
    noSync: true,
    overlappingSync: false,
    maxDbs: 64,
  });

export const openDatabases = (
  root: RootDatabase<Buffer, string>,
): Pick<Environment, 'documents' | 'meta' | 'parked'> => ({
  documents: root.openDB({ name: 'documents', encoding: 'binary' }),
  meta: root.openDB({ name: 'meta', encoding: 'binary' }),
  parked: root.openDB({ name: 'parked', encoding: 'binary' }),
});

export const openIndex = (root: RootDatabase<Buffer, string>, spec: IndexSpec): IndexDatabase => {
  const options = {
    name: indexPrefix + spec.name,
    encoding: 'binary',
    keyEncoder: indexKeyEncoder(spec.fields.length),
  } as const;
  return root.openDB<Buffer, Buffer>(options);
};

/** The indexes whose entries are kept in step with the documents. */
export const declaredIndexes = (meta: Bytes): readonly IndexSpec[] => {
  const bytes = meta.get(declaredKey);
  return bytes === undefined ? [] : (unsealJson(declaredKey, bytes) as readonly IndexSpec[]);
};

/** Keeps one index in step with a document that is written. */
export const moveEntry = (
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

/** An index that is new, or that went undeclared for a while and so missed writes, is filled from the documents. */
const bringIndexesUpToDate = (environment: Environment): void => {
  const declared = declaredIndexes(environment.meta).map((spec) => JSON.stringify(spec));
  const stale = environment.indexes.filter(({ spec }) => !declared.includes(JSON.stringify(spec)));
  if (stale.length === 0 && declared.length === environment.indexes.length) return;
  for (const { database } of stale) database.clearSync();
  for (const { key, value } of stale.length === 0 ? [] : environment.documents.getRange()) {
    const document = decodeDocument(key, value);
    for (const { spec, database } of stale) {
      const values = indexValues(document.value, spec.fields);
      if (values !== undefined) database.putSync(indexKey(values, key), noBytes);
    }
  }
  const specs = environment.indexes.map(({ spec }) => spec);
  environment.meta.putSync(declaredKey, sealedJson(declaredKey, specs));
};
