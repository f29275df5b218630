import { expect } from 'chai';
import type { Position } from '../../src/core/position.ts';
import type {
  Collection,
  CollectionSpec,
  DocumentWrite,
  Find,
  ReadStore,
} from '../../src/ports/read-store.ts';

/** A store on storage of its own. */
export interface ReadStoreUnderTest {
  readonly store: ReadStore;
  /** Closes the store and opens it again on the same storage. */
  reopen(): Promise<ReadStore>;
  /** Closes what is open and removes the storage. */
  remove(): Promise<void>;
}

interface Post {
  readonly author?: string | null;
  readonly at?: number | bigint;
  readonly removed?: boolean;
  readonly text?: string;
}

const spec: CollectionSpec = {
  name: 'posts@1',
  indexes: [
    { name: 'by-author', fields: ['author', 'at'] },
    { name: 'by-removal', fields: ['removed'] },
  ],
};

const at = (n: number): Position => BigInt(n) as Position;

const insert = (id: string, value: Post, pos = 1): DocumentWrite<Post> => ({
  id,
  expected: undefined,
  pos: at(pos),
  value,
});

const idsOf = (
  documents: readonly ({ readonly id: string } | undefined)[],
): readonly (string | undefined)[] => documents.map((document) => document?.id);

/** Every numbered sentence of `ports/read-store.ts`; any adapter runs it unchanged. */
export const readStoreContract = (name: string, open: () => Promise<ReadStoreUnderTest>): void => {
  describe(`${name} keeps the contract of a read store`, () => {
    let under: ReadStoreUnderTest;
    let store: ReadStore;
    let posts: Collection<Post>;

    beforeEach(async () => {
      under = await open();
      store = under.store;
      posts = await store.collection<Post>(spec, 1);
    });
    afterEach(() => under.remove());

    const found = async (
      find: Partial<Find> & Pick<Find, 'index'>,
    ): Promise<readonly (string | undefined)[]> => idsOf(await posts.find({ limit: 100, ...find }));

    describe('writing', () => {
      it('1. applies what is as expected, answers the ids of the rest, and keeps the checkpoint back then', async () => {
        await posts.write([insert('a', { text: 'one' }, 5)], { partition: 0, position: at(5) });
        const refused = await posts.write(
          [
            { id: 'a', expected: at(4), pos: at(9), value: { text: 'late' } },
            { id: 'b', expected: at(3), pos: at(9), value: { text: 'never there' } },
            insert('c', { text: 'new' }, 9),
          ],
          { partition: 0, position: at(9) },
        );
        expect(refused).to.have.members(['a', 'b']);
        expect(await posts.get('a')).to.deep.equal({ id: 'a', pos: at(5), value: { text: 'one' } });
        expect(await posts.get('b')).to.equal(undefined);
        expect(await posts.get('c')).to.deep.equal({ id: 'c', pos: at(9), value: { text: 'new' } });
        expect(await posts.checkpoint(0)).to.equal(at(5));
      });

      it('1. refuses an insert of what is there already', async () => {
        await posts.write([insert('a', { text: 'first' })]);
        expect(await posts.write([insert('a', { text: 'second' }, 2)])).to.deep.equal(['a']);
        expect((await posts.get('a'))?.value).to.deep.equal({ text: 'first' });
      });

      it('1. stores a checkpoint without documents', async () => {
        expect(await posts.write([], { partition: 3, position: at(7) })).to.deep.equal([]);
        expect(await posts.checkpoint(3)).to.equal(at(7));
      });

      it('2. lets exactly one of many writes win that expect the same', async () => {
        const outcomes = await Promise.all(
          Array.from({ length: 20 }, (_, writer) => posts.write([insert('a', { text: `${writer}` })])),
        );
        const winners = outcomes.flatMap((refused, writer) => (refused.length === 0 ? [`${writer}`] : []));
        expect(winners).to.have.length(1);
        expect((await posts.get('a'))?.value.text).to.equal(winners[0]);
        const updates = await Promise.all(
          Array.from({ length: 20 }, (_, writer) =>
            posts.write([{ id: 'a', expected: at(1), pos: at(2), value: { text: `u${writer}` } }]),
          ),
        );
        expect(updates.filter((refused) => refused.length === 0)).to.have.length(1);
      });
    });

    describe('reading', () => {
      it('3. answers what was last written, in the order that was asked for', async () => {
        await posts.write([insert('a', { text: 'a1' }), insert('b', { text: 'b1' })]);
        await posts.get('a');
        await posts.write([{ id: 'a', expected: at(1), pos: at(2), value: { text: 'a2' } }]);
        const many = await posts.getMany(['b', 'nobody', 'a', 'b']);
        expect(many.map((document) => document?.value.text)).to.deep.equal(['b1', undefined, 'a2', 'b1']);
        expect(many[2]?.pos).to.equal(at(2));
      });

      it('6. scans by ascending id, strictly behind', async () => {
        await posts.write(['c', 'a', 'd', 'b'].map((id) => insert(id, {})));
        expect(idsOf(await posts.scan(undefined, 3))).to.deep.equal(['a', 'b', 'c']);
        expect(idsOf(await posts.scan('c', 3))).to.deep.equal(['d']);
        expect(idsOf(await posts.scan('bb', 10))).to.deep.equal(['c', 'd']);
        expect(await posts.scan('d', 3)).to.deep.equal([]);
      });

      it('7. gives documents back deeply equal, also after it was opened again', async () => {
        const value = {
          text: 'Zwölf \u0000 ✓ 𝒳',
          big: 2n ** 62n + 1n,
          negative: -(2n ** 63n),
          small: 5n,
          numbers: [0, -1, 1.5, 2 ** 31, 2 ** 53, -(2 ** 40), 1e300],
          nested: { list: [{ n: 1n }, null, true, ''], empty: {}, none: [] },
        };
        const pos = (2n ** 62n + 3n) as Position;
        const first = await store.collection<object>(spec, 1);
        await first.write([{ id: 'a', expected: undefined, pos, value }]);
        expect(await first.get('a')).to.deep.equal({ id: 'a', pos, value });
        const again = await (await under.reopen()).collection<object>(spec, 1);
        expect(await again.get('a')).to.deep.equal({ id: 'a', pos, value });
      });

      it('7. leaves out a field that is undefined', async () => {
        const value = { text: 'x', author: undefined, at: 1 } as object as Post;
        await posts.write([insert('a', value)]);
        expect(Object.keys((await posts.get('a'))?.value ?? {})).to.have.members(['text', 'at']);
      });

      it('8. keeps a checkpoint for each partition, none before the first, also above 2^53', async () => {
        const high = (2n ** 60n + 1n) as Position;
        expect(await posts.checkpoint(0)).to.equal(undefined);
        await posts.write([], { partition: 0, position: high });
        await posts.write([], { partition: 1, position: at(2) });
        posts = await (await under.reopen()).collection<Post>(spec, 1);
        expect(await posts.checkpoint(0)).to.equal(high);
        expect(await posts.checkpoint(1)).to.equal(at(2));
        expect(await posts.checkpoint(2)).to.equal(undefined);
      });

      it('9. keeps parked documents until they are released', async () => {
        const parked = {
          id: 'a',
          position: (2n ** 60n) as Position,
          eventId: 'e1',
          reason: 'cannot be folded',
        };
        await posts.park(parked);
        await posts.park({ ...parked, id: 'b' });
        posts = await (await under.reopen()).collection<Post>(spec, 1);
        expect(await posts.parked()).to.have.deep.members([parked, { ...parked, id: 'b' }]);
        await posts.release('a');
        await posts.release('nobody');
        expect(await posts.parked()).to.deep.equal([{ ...parked, id: 'b' }]);
      });
    });

    describe('finding', () => {
      const fill = (): Promise<readonly string[]> =>
        posts.write([
          insert('p1', { author: 'ann', at: 1 }),
          insert('p2', { author: 'ann', at: 2 }),
          insert('p3', { author: 'ann', at: 2 }),
          insert('p4', { author: 'ann', at: 3 }),
          insert('q1', { author: 'anna', at: 0 }),
          insert('q2', { author: 'bob', at: -1 }),
          insert('r1', { author: 'bob' }),
          insert('r2', { at: 9 }),
          insert('r3', { author: null, at: 9 }),
        ]);

      it('4. answers in index order and by id within, both ways', async () => {
        await fill();
        const all = ['p1', 'p2', 'p3', 'p4', 'q1', 'q2'];
        expect(await found({ index: 'by-author' })).to.deep.equal(all);
        expect(await found({ index: 'by-author', direction: 'descending' })).to.deep.equal(all.toReversed());
      });

      it('4. is bounded by what must be equal, which is never only the beginning of a value', async () => {
        await fill();
        expect(await found({ index: 'by-author', equals: ['ann'] })).to.deep.equal(['p1', 'p2', 'p3', 'p4']);
        expect(await found({ index: 'by-author', equals: ['ann', 2] })).to.deep.equal(['p2', 'p3']);
        expect(await found({ index: 'by-author', equals: ['an'] })).to.deep.equal([]);
      });

      it('4. is bounded by a range, inclusive below and exclusive above, both ways', async () => {
        await fill();
        const range = { from: 2, to: 3 };
        expect(await found({ index: 'by-author', equals: ['ann'], range })).to.deep.equal(['p2', 'p3']);
        expect(
          await found({ index: 'by-author', equals: ['ann'], range, direction: 'descending' }),
        ).to.deep.equal(['p3', 'p2']);
        expect(await found({ index: 'by-author', range: { from: 'anna' } })).to.deep.equal(['q1', 'q2']);
        expect(await found({ index: 'by-author', range: { to: 'anna' } })).to.deep.equal([
          'p1',
          'p2',
          'p3',
          'p4',
        ]);
      });

      it('4. goes on strictly behind a key, whether it is there or not, both ways, page by page', async () => {
        await fill();
        const ann = { index: 'by-author', equals: ['ann'] };
        expect(await found({ ...ann, after: { key: ['ann', 2], id: 'p2' } })).to.deep.equal(['p3', 'p4']);
        expect(
          await found({ ...ann, after: { key: ['ann', 2], id: 'p2' }, direction: 'descending' }),
        ).to.deep.equal(['p1']);
        expect(await found({ ...ann, after: { key: ['ann', 2], id: 'p25' } })).to.deep.equal(['p3', 'p4']);
        expect(await found({ ...ann, after: { key: ['ann', 3], id: 'p4' }, limit: 2 })).to.deep.equal([]);
        expect(await found({ ...ann, limit: 2, direction: 'descending' })).to.deep.equal(['p4', 'p3']);
      });

      it('4. sorts numbers and bigints by value, below zero and above 2^53', async () => {
        const values = [
          -(2n ** 63n),
          -((2n ** 52n + 2n ** 32n - 1n) * 256n) - 1n,
          -((2n ** 52n + 2n ** 32n - 1n) * 256n),
          -(2n ** 60n) - 1n,
          -(2n ** 60n),
          -(2 ** 31),
          -1.5,
          -1,
          0,
          1n,
          1.5,
          2,
          2 ** 53,
          2n ** 53n + 1n,
          2n ** 62n,
          2n ** 62n + 1n,
          2n ** 63n - 1n,
        ];
        const ids = values.map((_, place) => `n${String(place).padStart(2, '0')}`);
        const writes = values.map((value, place) => insert(ids[place]!, { author: 'x', at: value }));
        await posts.write(writes.toSorted((a, b) => (a.id.slice(2) < b.id.slice(2) ? -1 : 1)));
        expect(await found({ index: 'by-author', equals: ['x'] })).to.deep.equal(ids);
        const above = { index: 'by-author', equals: ['x'], range: { from: 2n ** 53n + 1n } } as const;
        expect(await found(above)).to.deep.equal(ids.slice(13));
      });

      it('4. finds by a boolean', async () => {
        await posts.write([
          insert('a', { removed: false }),
          insert('b', { removed: true }),
          insert('c', { removed: false }),
        ]);
        expect(await found({ index: 'by-removal', equals: [false] })).to.deep.equal(['a', 'c']);
        expect(await found({ index: 'by-removal', equals: [true] })).to.deep.equal(['b']);
      });

      it('4. refuses a limit that is none, and an index that was not declared', async () => {
        for (const limit of [0, -1, 1.5, 1_025, NaN]) {
          expect(await outcome(posts.find({ index: 'by-author', limit }))).to.be.instanceOf(RangeError);
        }
        expect(await outcome(posts.find({ index: 'by-mood', limit: 1 }))).to.be.instanceOf(Error);
      });

      it('5. moves and removes index entries with the document', async () => {
        await posts.write([insert('a', { author: 'ann', at: 1 })]);
        await posts.write([{ id: 'a', expected: at(1), pos: at(2), value: { author: 'bob', at: 1 } }]);
        expect(await found({ index: 'by-author', equals: ['ann'] })).to.deep.equal([]);
        expect(await found({ index: 'by-author', equals: ['bob'] })).to.deep.equal(['a']);
        await posts.write([{ id: 'a', expected: at(2), pos: at(3), value: { author: 'bob' } }]);
        expect(await found({ index: 'by-author' })).to.deep.equal([]);
        await posts.write([{ id: 'a', expected: at(3), pos: at(4), value: { author: 'ann', at: 0 } }]);
        expect(await found({ index: 'by-author' })).to.deep.equal(['a']);
      });
    });

    describe('generations', () => {
      it('10. answers nothing for a projection that was never created', async () => {
        expect(await store.generations('posts@1')).to.equal(undefined);
        expect(await store.projections()).to.deep.equal([]);
      });

      it('11. changes generations only if they are as expected, and keeps them', async () => {
        expect(await store.changeGenerations('posts@1', undefined, { live: 1 })).to.equal(true);
        expect(await store.changeGenerations('posts@1', undefined, { live: 2 })).to.equal(false);
        expect(await store.changeGenerations('posts@1', { live: 1, building: 3 }, { live: 2 })).to.equal(
          false,
        );
        expect(await store.changeGenerations('posts@1', { live: 1 }, { live: 1, building: 2 })).to.equal(
          true,
        );
        expect(await store.changeGenerations('authors@2', undefined, { live: 1 })).to.equal(true);
        store = await under.reopen();
        expect(await store.generations('posts@1')).to.deep.equal({ live: 1, building: 2 });
        expect(
          await store.changeGenerations('posts@1', { building: 2, live: 1 }, { live: 2, previous: 1 }),
        ).to.equal(true);
        expect(await store.projections()).to.deep.equal(['authors@2', 'posts@1']);
      });

      it('11. lets exactly one of many win', async () => {
        const outcomes = await Promise.all(
          Array.from({ length: 10 }, (_, live) => store.changeGenerations('posts@1', undefined, { live })),
        );
        expect(outcomes.filter(Boolean)).to.have.length(1);
      });

      it('12. fills an index that is declared later', async () => {
        await posts.write([insert('a', { text: 'zebra' }), insert('b', { text: 'ape' }), insert('c', {})]);
        store = await under.reopen();
        const more = { ...spec, indexes: [...spec.indexes, { name: 'by-text', fields: ['text'] }] };
        posts = await store.collection<Post>(more, 1);
        expect(await found({ index: 'by-text' })).to.deep.equal(['b', 'a']);
      });

      it('12. brings an index up to date that went undeclared for a while', async () => {
        await posts.write([insert('a', { author: 'ann', at: 1 })]);
        store = await under.reopen();
        posts = await store.collection<Post>({ ...spec, indexes: [] }, 1);
        await posts.write([{ id: 'a', expected: at(1), pos: at(2), value: { author: 'bob', at: 1 } }]);
        store = await under.reopen();
        posts = await store.collection<Post>(spec, 1);
        expect(await found({ index: 'by-author', equals: ['ann'] })).to.deep.equal([]);
        expect(await found({ index: 'by-author', equals: ['bob'] })).to.deep.equal(['a']);
      });

      it('13. shares nothing between generations, and drops one with all it held', async () => {
        const second = await store.collection<Post>(spec, 2);
        await posts.write([insert('a', { author: 'ann', at: 1 })], { partition: 0, position: at(1) });
        await posts.park({ id: 'p', position: at(1), eventId: 'e', reason: 'r' });
        expect(await second.get('a')).to.equal(undefined);
        expect(await second.checkpoint(0)).to.equal(undefined);
        expect(await second.parked()).to.deep.equal([]);
        await second.write([insert('b', { author: 'bob', at: 1 })]);
        await store.drop('posts@1', 1);
        await store.drop('posts@1', 7);
        posts = await store.collection<Post>(spec, 1);
        expect(await posts.get('a')).to.equal(undefined);
        expect(await posts.checkpoint(0)).to.equal(undefined);
        expect(await found({ index: 'by-author' })).to.deep.equal([]);
        expect(idsOf([await second.get('b')])).to.deep.equal(['b']);
      });

      it('14. belongs to one log, once and for ever', async () => {
        expect(await store.logId()).to.equal(undefined);
        await store.claimFor('log-1');
        await store.claimFor('log-1');
        expect(await outcome(store.claimFor('log-2'))).to.be.instanceOf(Error);
        store = await under.reopen();
        expect(await store.logId()).to.equal('log-1');
      });
    });
  });
};

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
