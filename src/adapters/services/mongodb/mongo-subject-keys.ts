import { Binary, type Collection, type Filter } from 'mongodb';
import type { Chance, Clock } from '../../../core/clock.ts';
import type { UserId } from '../../../core/ids.ts';
import {
  SubjectErased,
  type MasterKey,
  type SubjectKey,
  type SubjectKeys,
} from '../../../ports/subject-keys.ts';
import { keyCache } from '../../shared/key-cache.ts';
import { freshKey, unwrapKey, wrapKey, type WrappedKey } from '../../shared/key-wrapping.ts';
import { asked, connectMongo, isDuplicate, type MongoOptions } from './connect.ts';

export interface MongoSubjectKeysOptions extends MongoOptions {
  /** The first wraps what is new; the others open what was wrapped before. */
  readonly masters: readonly MasterKey[];
  readonly clock: Clock;
  readonly chance: Chance;
}

interface StoredKey {
  readonly _id: string;
  readonly state: 'live' | 'destroyed';
  readonly master?: string;
  readonly keyId?: string;
  readonly nonce?: Binary;
  readonly text?: Binary;
}

/** Wrapped like any subject's key, and so opened only by the right master key. */
const check = 'storyline:check';

const storedOf = (subject: string, { keyId, nonce, text }: WrappedKey, master: MasterKey): StoredKey => ({
  _id: subject,
  state: 'live',
  master: master.id,
  keyId,
  nonce: new Binary(nonce),
  text: new Binary(text),
});

const wrongMaster = (): Error =>
  new Error('MASTER_KEY is not the one that wrapped the subject keys in MongoDB. Give the right one.');

const unwrapped = (stored: StoredKey, masters: readonly MasterKey[]): SubjectKey => {
  const master = masters.find(({ id }) => id === stored.master);
  const { keyId, nonce, text, _id: subject } = stored;
  if (master === undefined || keyId === undefined || nonce === undefined || text === undefined)
    throw wrongMaster();
  const wrapped = { keyId, nonce: Buffer.from(nonce.buffer), text: Buffer.from(text.buffer) };
  const key = unwrapKey(wrapped, subject, master);
  if (key === undefined) throw wrongMaster();
  return key;
};

/** Subject keys in a database of their own: they cannot be rebuilt, so they are backed up apart from the read models. */
export const openMongoSubjectKeys = async (options: MongoSubjectKeysOptions): Promise<SubjectKeys> => {
  const { clock, chance } = options;
  let { masters } = options;
  const [current] = masters;
  if (current === undefined) throw new Error('MASTER_KEY is missing: nothing can wrap the keys of subjects.');
  const { client, database, bounded } = await connectMongo(options);
  const keys: Collection<StoredKey> = database.collection('subject-keys');
  const cache = keyCache(clock);

  const read = (subject: string): Promise<StoredKey | null> =>
    asked(() => keys.findOne({ _id: subject }, bounded));

  /** The one key there is, whoever made it. */
  const made = async (subject: string): Promise<StoredKey> => {
    const found = await read(subject);
    if (found !== null) return found;
    const fresh = storedOf(subject, wrapKey(freshKey(chance), subject, masters[0]!, chance), masters[0]!);
    try {
      await asked(() => keys.insertOne(fresh, bounded));
      return fresh;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      return made(subject);
    }
  };

  const opened = (subject: string, stored: StoredKey): SubjectKey | 'destroyed' => {
    if (stored.state === 'destroyed') return 'destroyed';
    const key = unwrapped(stored, masters);
    cache.put(subject, key);
    return key;
  };

  try {
    unwrapped(await made(check), masters);
  } catch (error) {
    await client.close();
    throw error;
  }

  const rewrapOne = async (stored: StoredKey, master: MasterKey): Promise<void> => {
    const wrapped = wrapKey(unwrapped(stored, masters), stored._id, master, chance);
    const { _id, ...next } = storedOf(stored._id, wrapped, master);
    // Somebody may destroy it meanwhile: then it stays destroyed.
    const still: Filter<StoredKey> = { _id, state: 'live', master: stored.master! };
    await asked(() => keys.replaceOne(still, next, bounded));
  };

  return {
    ensure: async (subject: UserId) => {
      const cached = cache.get(subject) ?? opened(subject, await made(subject));
      if (cached === 'destroyed') throw new SubjectErased(subject);
      return cached;
    },
    find: async (subject) => {
      const cached = cache.get(subject);
      if (cached !== undefined) return cached;
      const stored = await read(subject);
      return stored === null ? undefined : opened(subject, stored);
    },
    destroy: async (subject) => {
      cache.drop(subject);
      const destroy = () =>
        asked(() => keys.replaceOne({ _id: subject }, { state: 'destroyed' }, { upsert: true, ...bounded }));
      await destroy().catch((error: unknown) => {
        if (!isDuplicate(error)) throw error;
        return destroy();
      });
      cache.drop(subject);
    },
    rewrap: async (master) => {
      const others: Filter<StoredKey> = { state: 'live', master: { $ne: master.id } };
      const found = await asked(() => keys.find(others, bounded).toArray());
      for (const stored of found) await rewrapOne(stored, master);
      masters = [master, ...masters.filter(({ id }) => id !== master.id)];
    },
    close: async () => {
      await client.close();
    },
  };
};
