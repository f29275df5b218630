import type { Database, RootDatabase } from 'lmdb';
import { openRoot } from './environment.ts';

const entriesPerTransaction = 5_000;

type RawDatabase = Database<Buffer, Uint8Array>;

const openRaw = (root: RootDatabase<Buffer, string>, name: string): RawDatabase =>
  root.openDB<Buffer, Uint8Array>({ name, encoding: 'binary', keyEncoding: 'binary' });

/** All entries of all databases into a new file, key by key. (LMDB's own compacted copy cannot be written to: it aborts.) */
export const copyEnvironment = async (
  from: RootDatabase<Buffer, string>,
  path: string,
  goesOn: () => void,
): Promise<void> => {
  const to = openRoot(path);
  for (const name of Array.from(from.getKeys())) {
    const source = openRaw(from, name);
    const target = openRaw(to, name);
    for (
      let entries = pageBehind(source);
      entries.length > 0;
      entries = pageBehind(source, entries.at(-1)!.key)
    ) {
      goesOn();
      to.transactionSync(() => {
        for (const { key, value } of entries) target.putSync(key, value, { append: true });
      });
    }
  }
  await to.close();
};

const pageBehind = (source: RawDatabase, after?: Uint8Array) =>
  Array.from(
    source.getRange({
      ...(after === undefined ? {} : { start: after, exclusiveStart: true }),
      limit: entriesPerTransaction,
    }),
  );
