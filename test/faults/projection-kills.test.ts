import { expect } from 'chai';
import type { EventLog } from '../../src/ports/event-log.ts';
import type { Collection } from '../../src/ports/read-store.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { startRunner } from '../../src/projections/run.ts';
import type { Runtime } from '../../src/projections/runtime.ts';
import { hashCollection } from '../../src/projections/verify.ts';
import { happenings } from '../projections/history.ts';
import { ages, everyProjection, inSmallBatches, openWorld, until, type World } from '../projections/world.ts';

type Aged = (typeof ages)[number]['aged'];

const pairs = (['before', 'after'] as const).flatMap((when) => ages.map((age) => [when, age] as const));

class Killed extends Error {}

/** Counts the calls of a runner to the outside; from the fatal one on nothing works any more. */
interface Executioner {
  readonly calls: number;
  readonly struck: boolean;
  watch<T extends object>(port: T): T;
}

/** @param when whether the fatal call still takes effect before the runner learns nothing of it. */
const killAt = (fatal: number, when: 'before' | 'after'): Executioner => {
  let calls = 0;
  const call = async (work: () => unknown): Promise<unknown> => {
    calls += 1;
    if (calls > fatal || (calls === fatal && when === 'before')) throw new Killed();
    const result = await work();
    if (calls >= fatal) throw new Killed();
    return result;
  };
  return {
    get calls() {
      return calls;
    },
    get struck() {
      return calls >= fatal;
    },
    watch: (port) =>
      new Proxy(port, {
        get: (target, name) => {
          const member: unknown = Reflect.get(target, name);
          if (typeof member !== 'function') return member;
          if (name !== 'follow')
            return (...args: unknown[]) => call(() => member.apply(target, args) as unknown);
          return async function* (...args: Parameters<EventLog['follow']>) {
            for await (const batch of (target as EventLog).follow(...args)) {
              await call(() => undefined);
              yield batch;
            }
          };
        },
      }),
  };
};

describe('a projection killed at every await', function () {
  this.timeout(120_000);
  let world: World;
  let generation = 0;

  before(async () => {
    world = await openWorld();
    const history = happenings(21, 4);
    for (let count = 0; count < 60; count += 1) {
      const { stream, events } = history.next().value;
      await world.append(stream, events);
    }
  });
  after(() => world.close());

  const deliver = async (
    projection: Projection,
    collection: Collection<object>,
    aged: Aged,
  ): Promise<void> => {
    const head = await world.log.head();
    const runner = startRunner(aged(world), { projection, generation, collection });
    await until(() => runner.status().position >= head);
    await runner.stop();
  };

  /** Runs until the fatal call, or to the end; answers the calls made. */
  const runUntilKilled = async (
    projection: Projection,
    collection: Collection<object>,
    executioner: Executioner,
    aged: Aged,
  ): Promise<number> => {
    const head = await world.log.head();
    const runtime: Runtime = aged({
      ...world,
      log: executioner.watch(inSmallBatches(world.log, 16)),
      codec: executioner.watch(world.codec),
      ephemeral: executioner.watch(world.ephemeral),
    });
    const runner = startRunner(runtime, {
      projection,
      generation,
      collection: executioner.watch(collection),
    });
    await until(() => executioner.struck || runner.status().position >= head);
    await runner.stop();
    return executioner.calls;
  };

  const fresh = (projection: Projection): Promise<Collection<object>> => {
    generation += 1;
    return world.store.collection<object>(projection, generation);
  };

  /** One event of the fullest document cannot be folded: what stays parked is the same too. */
  const poisoned = (): Projection => {
    const posts = everyProjection.find(({ name }) => name === 'posts@1')!;
    let met = 0;
    let poison: string | undefined;
    return {
      ...posts,
      name: 'poisoned@1',
      apply: (document, recorded, id) => {
        if (poison === undefined && recorded.event.type === 'CommentCreated' && (met += 1) === 4)
          poison = recorded.id;
        if (recorded.id === poison) throw new Error('Cannot be folded.');
        return posts.apply(document, recorded, id);
      },
    };
  };

  for (const projection of [...everyProjection, poisoned()]) {
    for (const [when, { age, aged }] of pairs) {
      it(`leaves ${projection.name} as one clean delivery does (killed ${when} the call, ${age})`, async () => {
        const clean = await fresh(projection);
        await deliver(projection, clean, aged);
        const wanted = await hashCollection(clean);
        expect(wanted.rows).to.be.greaterThan(2);
        const parked = await clean.parked();
        expect(parked).to.have.length(projection.name === 'poisoned@1' ? 1 : 0);
        const calls = await runUntilKilled(projection, await fresh(projection), killAt(Infinity, when), aged);
        expect(calls).to.be.greaterThan(15);
        for (let fatal = 1; fatal <= calls; fatal += 1) {
          const collection = await fresh(projection);
          await runUntilKilled(projection, collection, killAt(fatal, when), aged);
          await deliver(projection, collection, aged);
          expect(await hashCollection(collection), `killed ${when} call ${fatal}`).to.deep.equal(wanted);
          expect(await collection.parked()).to.deep.equal(parked);
          await world.store.drop(projection.name, generation);
        }
      });
    }
  }
});
