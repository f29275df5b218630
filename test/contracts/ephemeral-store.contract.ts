import { expect } from 'chai';
import type { Millis } from '../../src/core/clock.ts';
import type { EphemeralStore } from '../../src/ports/ephemeral-store.ts';

/** A store on storage of its own, with a way to let time go by. */
export interface EphemeralStoreUnderTest {
  readonly store: EphemeralStore;
  /** Lets this much time go by, as the store sees it. */
  pass(duration: Millis): Promise<void>;
  /** Closes the store and opens it again on the same storage. */
  reopen(): Promise<EphemeralStore>;
  /** Closes what is open and removes the storage. */
  remove(): Promise<void>;
}

const minute: Millis = 60_000;
/** Less than a server's clock and ours may be apart while a test runs. */
const second: Millis = 1_000;

/** Every numbered sentence of `ports/ephemeral-store.ts`; any adapter runs it unchanged. */
export const ephemeralStoreContract = (name: string, open: () => Promise<EphemeralStoreUnderTest>): void => {
  describe(`${name} keeps the contract of an ephemeral store`, () => {
    let under: EphemeralStoreUnderTest;
    let store: EphemeralStore;

    beforeEach(async () => {
      under = await open();
      store = under.store;
    });
    afterEach(() => under.remove());

    const valueOf = async (key: string): Promise<string | undefined> => (await store.get(key))?.value;
    const versionOf = async (key: string): Promise<string | undefined> => (await store.get(key))?.version;

    it('1. keeps a value until its time is over, and not a moment longer', async () => {
      await store.set('a', 'one', minute);
      await store.set('b', 'two', 2 * minute);
      await under.pass(minute - second);
      expect(await valueOf('a')).to.equal('one');
      await under.pass(second);
      expect(await store.get('a')).to.equal(undefined);
      expect(await valueOf('b')).to.equal('two');
    });

    it('1. starts the time anew with each write', async () => {
      await store.set('a', 'one', minute);
      await under.pass(minute / 2);
      await store.set('a', 'two', minute);
      await under.pass(minute / 2);
      expect(await valueOf('a')).to.equal('two');
      await store.compareAndSet('a', await versionOf('a'), 'three', minute);
      await under.pass(minute - second);
      expect(await valueOf('a')).to.equal('three');
      await under.pass(second);
      expect(await valueOf('a')).to.equal(undefined);
    });

    it('1. holds any text under any key', async () => {
      const texts = ['', '✓ 𝒳 \u0000', '{"a":1}', 'x'.repeat(300_000)];
      for (const [place, text] of texts.entries()) await store.set(`key ✓ ${place}`, text, minute);
      store = await under.reopen();
      for (const [place, text] of texts.entries()) expect(await valueOf(`key ✓ ${place}`)).to.equal(text);
    });

    it('2. has what it acknowledged when it is opened again', async () => {
      await store.set('a', 'one', minute);
      await store.set('a', 'two', minute);
      await store.set('gone', 'x', minute);
      await store.delete('gone');
      await store.increment('n', 2, minute);
      await store.increment('n', 3, minute);
      store = await under.reopen();
      expect(await valueOf('a')).to.equal('two');
      expect(await store.get('gone')).to.equal(undefined);
      expect((await store.increment('n', 1, minute)).count).to.equal(6);
    });

    it('3. sets only if the version is as expected, and answers the new one', async () => {
      const first = await store.compareAndSet('a', undefined, 'one', minute);
      expect(first)
        .to.be.a('string')
        .and.equal(await versionOf('a'));
      expect(await store.compareAndSet('a', undefined, 'again', minute)).to.equal(undefined);
      const next = await store.compareAndSet('a', first, 'two', minute);
      expect(next).to.be.a('string').and.not.equal(first);
      expect(await store.compareAndSet('a', first, 'late', minute)).to.equal(undefined);
      expect(await store.get('a')).to.deep.equal({ value: 'two', version: next });
    });

    it('3. takes an expired or deleted value for absent', async () => {
      const version = await store.compareAndSet('a', undefined, 'one', minute);
      await under.pass(minute);
      expect(await store.compareAndSet('a', version, 'late', minute)).to.equal(undefined);
      expect(await store.compareAndSet('a', undefined, 'anew', minute)).to.be.a('string');
      await store.delete('a');
      expect(await store.compareAndSet('a', undefined, 'once more', minute)).to.be.a('string');
    });

    it('3. lets exactly one of 100 parallel writers win, again and again', async () => {
      await store.set('a', 'start', minute);
      for (let round = 0; round < 5; round += 1) {
        const version = await versionOf('a');
        const outcomes = await Promise.all(
          Array.from({ length: 100 }, (_, writer) =>
            store.compareAndSet('a', version, `${round}-${writer}`, minute),
          ),
        );
        const winners = outcomes.flatMap((won, writer) => (won === undefined ? [] : [`${round}-${writer}`]));
        expect(winners).to.have.length(1);
        expect(await valueOf('a')).to.equal(winners[0]);
      }
    });

    it('3. never gives a version twice, whether by set, compare-and-set or count, and over a restart', async () => {
      const seen: (string | undefined)[] = [];
      for (let round = 0; round < 3; round += 1) {
        await store.set('a', 'same', minute);
        seen.push(await versionOf('a'));
        seen.push(await store.compareAndSet('a', seen.at(-1), 'same', minute));
        await store.delete('a');
        await store.increment('a', 1, minute);
        seen.push(await versionOf('a'));
        store = await under.reopen();
      }
      expect(seen).to.not.include(undefined);
      expect(new Set(seen).size).to.equal(seen.length);
    });

    it('4. counts exactly under concurrency', async () => {
      const counts = await Promise.all(Array.from({ length: 100 }, () => store.increment('n', 2, minute)));
      expect(counts.map(({ count }) => count).toSorted((a, b) => a - b)).to.deep.equal(
        Array.from({ length: 100 }, (_, place) => 2 * (place + 1)),
      );
    });

    for (const volatile of [false, true]) {
      it(`4. lets only the first increment start the time${volatile ? ', also of a volatile count' : ''}`, async () => {
        const expectCount = async (by: number, expected: { count: number; expiresIn: Millis }) => {
          const { count, expiresIn } = await store.increment('n', by, minute, { volatile });
          expect(count).to.equal(expected.count);
          expect(expiresIn).to.be.within(expected.expiresIn - second, expected.expiresIn);
        };
        await expectCount(1, { count: 1, expiresIn: minute });
        await under.pass(minute / 2);
        await expectCount(1, { count: 2, expiresIn: minute / 2 });
        await under.pass(minute / 2);
        await expectCount(5, { count: 5, expiresIn: minute });
      });

      it(`6. forgets a ${volatile ? 'volatile ' : ''}count that is deleted`, async () => {
        await store.increment('n', 7, minute, { volatile });
        await store.delete('n');
        expect((await store.increment('n', 1, minute, { volatile })).count).to.equal(1);
      });
    }

    it('5. counts exactly in a volatile count while nothing crashes', async () => {
      const counts = await Promise.all(
        Array.from({ length: 100 }, () => store.increment('n', 1, minute, { volatile: true })),
      );
      expect(Math.max(...counts.map(({ count }) => count))).to.equal(100);
    });

    it('6. makes a key absent, and does not mind an absent one', async () => {
      await store.set('a', 'one', minute);
      await store.delete('a');
      await store.delete('a');
      await store.delete('never there');
      expect(await store.get('a')).to.equal(undefined);
    });

    it('7. publishes to each subscriber of the channel, once and in order', async () => {
      const heard: string[] = [];
      const other: string[] = [];
      await store.publish('news', 'before');
      await store.subscribe('news', (message) => heard.push(`1 ${message}`));
      await store.subscribe('news', (message) => heard.push(`2 ${message}`));
      await store.subscribe('weather', (message) => other.push(message));
      await store.publish('news', 'a');
      await store.publish('news', 'b');
      await until(() => heard.length >= 4);
      expect(heard.filter((message) => message.startsWith('1'))).to.deep.equal(['1 a', '1 b']);
      expect(heard.filter((message) => message.startsWith('2'))).to.deep.equal(['2 a', '2 b']);
      expect(other).to.deep.equal([]);
    });

    it('7. ends one subscription and leaves the others', async () => {
      const heard: string[] = [];
      const listener = (message: string): void => void heard.push(message);
      const unsubscribe = await store.subscribe('news', listener);
      await store.subscribe('news', listener);
      unsubscribe();
      unsubscribe();
      await store.publish('news', 'a');
      await store.subscribe('end', () => heard.push('end'));
      await store.publish('end', '');
      await until(() => heard.includes('end'));
      expect(heard).to.deep.equal(['a', 'end']);
    });

    it('8. goes on when a listener throws', async () => {
      const heard: string[] = [];
      await store.subscribe('news', () => {
        throw new Error('a listener of the test');
      });
      await store.subscribe('news', (message) => heard.push(message));
      await store.publish('news', 'a');
      await store.publish('news', 'b');
      await until(() => heard.length >= 2);
      expect(heard).to.deep.equal(['a', 'b']);
    });
  });
};

/** Signals between processes may take a while. */
const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};
