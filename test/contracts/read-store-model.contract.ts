import { expect } from 'chai';
import type { Position } from '../../src/core/position.ts';
import type { Collection, Find, IndexSpec, IndexValue } from '../../src/ports/read-store.ts';
import type { ReadStoreUnderTest } from './read-store.contract.ts';

type Fields = Readonly<Record<string, IndexValue>>;

const indexes: readonly IndexSpec[] = [
  { name: 'by-name', fields: ['name'] },
  { name: 'by-name-and-score', fields: ['name', 'score'] },
  { name: 'by-flag-score-name', fields: ['flag', 'score', 'name'] },
];

const names = ['', 'a', 'aa', 'ab', 'b', 'B', '~', 'a\u0000', 'a\u0001', 'a\u0000b', 'long'.repeat(40)];
const scores: readonly (number | bigint)[] = [
  -(2n ** 62n),
  -7.25,
  -1,
  0,
  0n,
  0.5,
  1,
  2n,
  2 ** 53,
  2n ** 53n + 1n,
  2n ** 62n + 1n,
];

/** Mulberry32: the same seed, the same run. */
const seeded = (seed: number) => {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
  const pick = <T>(choices: readonly T[]): T => choices[below(choices.length)]!;
  return { below, pick };
};
type Seeded = ReturnType<typeof seeded>;

const compare = (a: IndexValue, b: IndexValue): number => (a < b ? -1 : a > b ? 1 : 0);

const compareKeys = (a: readonly IndexValue[], b: readonly IndexValue[]): number => {
  for (const [place, value] of a.entries()) {
    const order = compare(value, b[place]!);
    if (order !== 0) return order;
  }
  return 0;
};

/** What `find` must answer, by filtering and sorting everything. */
const findNaively = (
  documents: ReadonlyMap<string, Fields>,
  fields: readonly string[],
  find: Find,
): readonly string[] => {
  const { equals = [], range = {}, after, limit } = find;
  const sign = find.direction === 'descending' ? -1 : 1;
  const order = (a: Entry, b: Entry): number => sign * (compareKeys(a.key, b.key) || compare(a.id, b.id));
  return Array.from(documents, ([id, document]) => ({ id, key: keyOf(document, fields) }))
    .filter(({ key }) => key.length === fields.length)
    .filter(({ key }) => equals.every((value, place) => compare(value, key[place]!) === 0))
    .filter(({ key }) => range.from === undefined || compare(key[equals.length]!, range.from) >= 0)
    .filter(({ key }) => range.to === undefined || compare(key[equals.length]!, range.to) < 0)
    .filter((entry) => after === undefined || order(entry, after) > 0)
    .sort(order)
    .slice(0, limit)
    .map(({ id }) => id);
};

/** Shorter than `fields` when the document lacks one of them. */
const keyOf = (document: Fields, fields: readonly string[]): readonly IndexValue[] =>
  fields.flatMap((field) => document[field] ?? []);

interface Entry {
  readonly id: string;
  readonly key: readonly IndexValue[];
}

const valueOf = (chance: Seeded, field: string): IndexValue => {
  if (field === 'name') return chance.pick(names);
  return field === 'score' ? chance.pick(scores) : chance.pick([true, false]);
};

const randomDocument = (chance: Seeded): Fields =>
  Object.fromEntries(
    ['name', 'score', 'flag']
      .filter(() => chance.below(8) > 0)
      .map((field) => [field, valueOf(chance, field)]),
  );

const randomFind = (chance: Seeded, { name, fields }: IndexSpec, ids: readonly string[]): Find => {
  const equals = fields.slice(0, chance.below(fields.length + 1)).map((field) => valueOf(chance, field));
  const next = fields[equals.length];
  const bound = (): IndexValue | undefined =>
    next === undefined || chance.below(2) === 0 ? undefined : valueOf(chance, next);
  const [from, to] = [bound(), bound()];
  const key = fields.map((field, place) => equals[place] ?? valueOf(chance, field));
  return {
    index: name,
    equals,
    range: { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) },
    direction: chance.pick(['ascending', 'descending']),
    ...(chance.below(2) === 0 ? {} : { after: { key, id: chance.pick(ids) } }),
    limit: 1 + chance.below(12),
  };
};

/** Random documents and finds, compared with filtering and sorting in memory. */
export const readStoreModelContract = (name: string, open: () => Promise<ReadStoreUnderTest>): void => {
  describe(`${name} answers as a naive model in memory does`, () => {
    let under: ReadStoreUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.remove());

    for (const seed of [1, 2, 3]) {
      it(`over 400 writes and 1,500 finds with seed ${seed}`, async () => {
        const chance = seeded(seed);
        const ids = Array.from({ length: 60 }, (_, n) => `doc-${n % 7}-${n}`);
        const model = new Map<string, Fields>();
        const positions = new Map<string, Position>();
        let collection: Collection<Fields> = await under.store.collection({ name: 'random@1', indexes }, 1);

        for (let step = 1; step <= 400; step += 1) {
          const id = chance.pick(ids);
          const value = randomDocument(chance);
          const pos = BigInt(step) as Position;
          expect(await collection.write([{ id, expected: positions.get(id), pos, value }])).to.deep.equal([]);
          model.set(id, value);
          positions.set(id, pos);
          if (step === 250)
            collection = await (await under.reopen()).collection({ name: 'random@1', indexes }, 1);
          if (step < 100) continue;
          for (let n = 0; n < 5; n += 1) {
            const index = chance.pick(indexes);
            const find = randomFind(chance, index, ids);
            const found = (await collection.find(find)).map((document) => document.id);
            expect(found, inspectable(find)).to.deep.equal(findNaively(model, index.fields, find));
          }
        }
        const all = await collection.scan(undefined, 1_024);
        expect(all.map(({ id, value }) => [id, value])).to.deep.equal(
          [...model].sort(([a], [b]) => compare(a, b)),
        );
      });
    }
  });
};

const inspectable = (find: Find): string =>
  JSON.stringify(find, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
