import { MongoClient } from 'mongodb';
import { openMongoReadStore } from '../../src/adapters/services/mongodb/mongo-read-store.ts';
import { systemChance } from '../../src/core/clock.ts';
import { readStoreContract, type ReadStoreUnderTest } from '../contracts/read-store.contract.ts';
import { readStoreModelContract } from '../contracts/read-store-model.contract.ts';
import { serviceUrl } from './services.ts';

const openStore = async (): Promise<ReadStoreUnderTest> => {
  const url = serviceUrl('MONGODB_URL');
  const database = `storyline-test-${systemChance.bytes(6).toString('hex')}`;
  const open = () => openMongoReadStore({ url, database });
  let store = await open();
  return {
    store,
    reopen: async () => {
      await store.close();
      return (store = await open());
    },
    remove: async () => {
      await store.close();
      const admin = new MongoClient(url);
      await admin.db(database).dropDatabase();
      await admin.close();
    },
  };
};

readStoreContract('The MongoDB read store', openStore);
readStoreModelContract('The MongoDB read store', openStore);
