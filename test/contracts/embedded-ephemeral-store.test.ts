import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEphemeralStore } from '../../src/adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { systemChance, type Clock } from '../../src/core/clock.ts';
import { EphemeralStoreUnavailable } from '../../src/ports/ephemeral-store.ts';
import { ephemeralStoreContract, type EphemeralStoreUnderTest } from './ephemeral-store.contract.ts';

interface InFile extends EphemeralStoreUnderTest {
  bytes(): Buffer;
}

const openWith = (cacheBytes: number) => async (): Promise<InFile> => {
  const root = mkdtempSync(join(tmpdir(), 'storyline-'));
  let now = Date.UTC(2026, 10, 21);
  const clock: Clock = { now: () => now, sleep: async () => undefined };
  const open = () =>
    openEphemeralStore({ directory: join(root, 'ephemeral'), clock, chance: systemChance, cacheBytes });
  let store = await open();
  return {
    store,
    pass: async (duration) => {
      now += duration;
    },
    reopen: async () => {
      await store.close();
      return (store = await open());
    },
    bytes: () => readFileSync(join(root, 'ephemeral', 'values.mdb')),
    remove: async () => {
      await store.close();
      rmSync(root, { recursive: true });
    },
  };
};

ephemeralStoreContract('The embedded ephemeral store', openWith(1_000_000));
ephemeralStoreContract('The embedded ephemeral store with hardly a cache', openWith(500));

describe('The embedded ephemeral store', () => {
  let under: InFile;
  beforeEach(async () => {
    under = await openWith(10_000)();
  });
  afterEach(() => under.remove());

  it('answers no read and no lost race before what they saw is in the file', async () => {
    const inFile = (text: string): boolean => under.bytes().includes(text);
    expect(inFile('marker-of-the-winner')).to.equal(false);
    const write = under.store.compareAndSet('a', undefined, 'marker-of-the-winner', 1_000);
    const read = under.store.get('a').then((found) => [found?.value, inFile('marker-of-the-winner')]);
    const lost = under.store
      .compareAndSet('a', undefined, 'too late', 1_000)
      .then((won) => [won, inFile('marker-of-the-winner')]);
    expect(await read).to.deep.equal(['marker-of-the-winner', true]);
    expect(await lost).to.deep.equal([undefined, true]);
    expect(await write).to.be.a('string');
  });

  it('refuses everything once it is closed', async () => {
    await under.store.close();
    for (const attempt of [
      under.store.get('a'),
      under.store.set('a', 'b', 1_000),
      under.store.increment('n', 1, 1_000, { volatile: true }),
      under.store.publish('news', 'a'),
    ]) {
      expect(await attempt.catch((error: unknown) => error)).to.be.instanceOf(EphemeralStoreUnavailable);
    }
  });

  it('refuses to count in what is no count', async () => {
    await under.store.set('a', 'text', 1_000);
    expect(await under.store.increment('a', 1, 1_000).catch((error: unknown) => error)).to.be.instanceOf(
      TypeError,
    );
    expect((await under.store.get('a'))?.value).to.equal('text');
  });
});
