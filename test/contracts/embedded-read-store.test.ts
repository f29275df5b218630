import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReadStore } from '../../src/adapters/embedded/read-store/open-read-store.ts';
import { readStoreContract, type ReadStoreUnderTest } from './read-store.contract.ts';
import { readStoreModelContract } from './read-store-model.contract.ts';

/** A cache that holds only a few documents at a time, so that most reads go to the file. */
const tiny = 2_000;

const openWith = (cacheBytes: number) => async (): Promise<ReadStoreUnderTest> => {
  const root = mkdtempSync(join(tmpdir(), 'storyline-'));
  const open = () => openReadStore({ directory: join(root, 'read-models'), cacheBytes });
  let store = await open();
  return {
    store,
    reopen: async () => {
      await store.close();
      return (store = await open());
    },
    remove: async () => {
      await store.close();
      rmSync(root, { recursive: true });
    },
  };
};

readStoreContract('The embedded read store', openWith(1_000_000));
readStoreContract('The embedded read store with hardly a cache', openWith(tiny));
readStoreModelContract('The embedded read store', openWith(1_000_000));
readStoreModelContract('The embedded read store with hardly a cache', openWith(tiny));
