import { MongoClient } from 'mongodb';
import { openMongoSubjectKeys } from '../../src/adapters/services/mongodb/mongo-subject-keys.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import type { MasterKey } from '../../src/ports/subject-keys.ts';
import { subjectKeysContract, type SubjectKeysUnderTest } from '../contracts/subject-keys.contract.ts';
import { serviceUrl } from './services.ts';

const openKeys = async (master: MasterKey): Promise<SubjectKeysUnderTest> => {
  const url = serviceUrl('MONGODB_URL');
  const database = `storyline-test-${systemChance.bytes(6).toString('hex')}`;
  const admin = new MongoClient(url, { promoteBuffers: true });
  const open = (masters: readonly MasterKey[]) =>
    openMongoSubjectKeys({ url, database, masters, clock: systemClock, chance: systemChance });
  let keys = await open([master]);
  return {
    keys,
    reopen: async (...masters) => {
      await keys.close();
      return (keys = await open(masters));
    },
    // What the server answers; its files are its own, and docs/operations.md says what that means.
    bytes: async () => {
      const found = await admin.db(database).collection('subject-keys').find().toArray();
      return Buffer.concat(
        found.flatMap((stored) =>
          Object.values(stored).map((value) => (Buffer.isBuffer(value) ? value : Buffer.from(String(value)))),
        ),
      );
    },
    remove: async () => {
      await keys.close();
      await admin.db(database).dropDatabase();
      await admin.close();
    },
  };
};

subjectKeysContract('The MongoDB store', openKeys);
