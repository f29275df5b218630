import { Redis } from 'ioredis';
import { openRedisEphemeralStore } from '../../src/adapters/services/redis/redis-ephemeral-store.ts';
import { systemChance } from '../../src/core/clock.ts';
import {
  ephemeralStoreContract,
  type EphemeralStoreUnderTest,
} from '../contracts/ephemeral-store.contract.ts';
import { serviceUrl } from './services.ts';

const openStore = async (): Promise<EphemeralStoreUnderTest> => {
  const url = serviceUrl('REDIS_URL');
  const prefix = `storyline-test-${systemChance.bytes(6).toString('hex')}:`;
  const open = () => openRedisEphemeralStore({ url, chance: systemChance, prefix });
  const admin = new Redis(url);
  const keys = () => admin.keys(`${prefix}*`);
  let store = await open();
  return {
    store,
    // The server's clock cannot be stepped, but all that is left of its keys' time can be cut.
    pass: async (duration) => {
      for (const key of await keys()) {
        const left = await admin.pttl(key);
        if (left <= duration) await admin.del(key);
        else await admin.pexpire(key, left - duration);
      }
    },
    reopen: async () => {
      await store.close();
      return (store = await open());
    },
    remove: async () => {
      await store.close();
      const left = await keys();
      if (left.length > 0) await admin.del(...left);
      admin.disconnect();
    },
  };
};

ephemeralStoreContract('The Redis ephemeral store', openStore);
