/** A child process: checks each file it is sent and reports in turn. Files that kill it are the parent's to judge. */
import type { RootDatabase } from 'lmdb';
import { unseal } from './checked-bytes.ts';
import { copyEnvironment } from './copy-environment.ts';
import { decodeDocument } from './document-format.ts';
import {
  declaredIndexes,
  indexPrefix,
  openDatabases,
  openIndex,
  openRoot,
  type Bytes,
  type Environment,
} from './environment.ts';
import { checkedCopy, stillReading, type Finding } from './find-damage.ts';
import { indexKey, indexValues } from './index-key.ts';

const goesOn = (): void => void process.send!(stillReading);

/** LMDB's own count of entries, which a lost page does not change. */
const entryCount = (database: Pick<Bytes, 'getStats'>): number =>
  (database.getStats() as { readonly entryCount: number }).entryCount;

const expectCount = (what: string, found: number, expected: number): void => {
  if (found !== expected) throw new Error(`it has ${found} entries in ${what} where ${expected} belong.`);
};

/** Every value fits its checksum and is found by its key, and none is missing. */
const checkValues = (name: string, database: Bytes): void => {
  const expected = entryCount(database);
  let found = 0;
  for (const { key, value } of database.getRange()) {
    if (found % 10_000 === 0) goesOn();
    // Damage may have made a circle of pages.
    if (found === expected) throw new Error(`it has more than ${expected} entries in ${name}.`);
    unseal(key, value);
    if (!database.doesExist(key))
      throw new Error(`${JSON.stringify(key)} is in ${name} but is not found there.`);
    found += 1;
  }
  expectCount(name, found, expected);
};

/** Every document is in the indexes where it belongs, and nothing else is. */
const checkIndexes = (
  root: RootDatabase<Buffer, string>,
  { documents, meta }: Pick<Environment, 'documents' | 'meta'>,
): void => {
  const indexes = declaredIndexes(meta).map((spec) => ({
    spec,
    database: openIndex(root, spec),
    entries: 0,
  }));
  for (const { key, value } of documents.getRange()) {
    const document = decodeDocument(key, value);
    for (const index of indexes) {
      const values = indexValues(document.value, index.spec.fields);
      if (values === undefined) continue;
      index.entries += 1;
      if (!index.database.doesExist(indexKey(values, key)))
        throw new Error(`index ${index.spec.name} lacks ${key}.`);
    }
  }
  for (const { spec, database, entries } of indexes)
    expectCount(`index ${spec.name}`, database.getKeysCount(), entries);
};

const check = async (path: string): Promise<void> => {
  const root = openRoot(path);
  const names = Array.from(root.getKeys());
  if (names.length === 0) throw new Error('it is empty.');
  for (const name of names.filter((known) => !known.startsWith(indexPrefix))) {
    checkValues(name, root.openDB({ name, encoding: 'binary' }));
  }
  if (names.includes('documents')) checkIndexes(root, openDatabases(root));
  await copyEnvironment(root, checkedCopy(path), goesOn);
  await root.close();
};

const report = (finding: Finding): Promise<void> =>
  new Promise((resolve) => {
    process.send!(finding, () => {
      resolve();
    });
  });

process.once('message', (paths: readonly string[]) => {
  void checkAll(paths).finally(() => {
    process.disconnect();
  });
});

const checkAll = async (paths: readonly string[]): Promise<void> => {
  for (const path of paths) {
    try {
      await check(path);
      await report({ path });
    } catch (error) {
      await report({ path, damage: error instanceof Error ? error.message : String(error) });
    }
  }
};
