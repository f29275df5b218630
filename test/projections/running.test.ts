import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { Position } from '../../src/core/position.ts';
import { start } from '../../src/core/position.ts';
import type { Collection } from '../../src/ports/read-store.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { startRunner, type Runner } from '../../src/projections/run.ts';
import type { Runtime } from '../../src/projections/runtime.ts';
import { hashCollection } from '../../src/projections/verify.ts';
import { happenings, seeded } from './history.ts';
import {
  ages,
  everyProjection,
  inSmallBatches,
  openWorld,
  positionsOf,
  until,
  withCollections,
  type World,
} from './world.ts';

const postsProjection = everyProjection.find(({ name }) => name === 'posts@1')!;

const atTheHead = ages[0]!.aged;

describe('a projection runner', () => {
  let world: World;
  let runners: Runner[];
  let head: Position;

  before(async () => {
    world = await openWorld();
    const history = happenings(7);
    for (let count = 0; count < 150; count += 1) {
      const { stream, events } = history.next().value;
      await world.append(stream, events);
    }
    head = await world.log.head();
  });
  beforeEach(() => {
    runners = [];
  });
  afterEach(async () => {
    await Promise.all(runners.map((runner) => runner.stop()));
  });
  after(() => world.close());

  let generation = 100;
  const fresh = async (projection: Projection) => {
    generation += 1;
    return { generation, collection: await world.store.collection<object>(projection, generation) };
  };
  const run = (
    projection: Projection,
    place: { readonly generation: number; readonly collection: Collection<object> },
    runtime: Runtime = world,
    partitions: { readonly partition?: number; readonly partitions?: number } = {},
  ): Runner => {
    const runner = startRunner(runtime, { projection, ...place, ...partitions });
    runners.push(runner);
    return runner;
  };
  const caughtUp = (runner: Runner, position: Position) => until(() => runner.status().position >= position);
  const cleanHash = async (projection: Projection) => {
    const place = await fresh(projection);
    await caughtUp(run(projection, place), head);
    return hashCollection(place.collection);
  };

  for (const projection of everyProjection)
    for (const { age, aged } of ages) {
      it(`brings ${projection.name} to the same documents from whatever earlier checkpoint it begins again, ${age}`, async () => {
        const clean = await cleanHash(projection);
        expect(clean.rows).to.be.greaterThan(5);
        const place = await fresh(projection);
        const positions = await positionsOf(world.log);
        const small = aged({ ...world, log: inSmallBatches(world.log, 9) });
        for (const at of [0, 0.1, 0.35, 0.6, 0.95, 1]) {
          const position = at === 0 ? start : positions[Math.ceil(at * (positions.length - 1))]!;
          await place.collection.write([], { partition: 0, position: position });
          const runner = startRunner(small, { projection, ...place });
          await caughtUp(runner, head);
          await runner.stop();
          expect(await place.collection.checkpoint(0)).to.equal(head);
          if (at === 0) expect(await hashCollection(place.collection)).to.deep.equal(clean);
        }
        expect(await hashCollection(place.collection)).to.deep.equal(clean);
      });

      it(`does no harm to ${projection.name} beside a second one that lost its lease, ${age}`, async () => {
        const clean = await cleanHash(projection);
        const place = await fresh(projection);
        let refused = 0;
        const random = seeded(5);
        const counting = withCollections(world, async (work, method) => {
          for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await setImmediate();
          const answer = await work();
          if (method === 'write') refused += (answer as readonly string[]).length;
          return answer;
        });
        const collection = await counting.store.collection<object>(projection, place.generation);
        const both = [4, 5].map((size) =>
          run(projection, { ...place, collection }, aged({ ...world, log: inSmallBatches(world.log, size) })),
        );
        for (const runner of both) await caughtUp(runner, head);
        expect(refused, 'they never met').to.be.greaterThan(0);
        expect(await hashCollection(place.collection)).to.deep.equal(clean);
      });
    }

  it('shares documents out over partitions, each with a checkpoint of its own', async () => {
    const projection = postsProjection;
    const clean = await cleanHash(projection);
    const { createProgress } = await import('../../src/projections/progress.ts');
    const progress = createProgress({ projections: everyProjection, clock: world.clock, partitions: 3 });
    const place = await fresh(projection);
    const three = [0, 1, 2].map((partition) =>
      run(projection, place, { ...world, progress }, { partition, partitions: 3 }),
    );
    for (const runner of three) await caughtUp(runner, head);
    expect(await hashCollection(place.collection)).to.deep.equal(clean);
    expect(three.every((runner) => runner.status().documents > 0)).to.equal(true);
  });

  it('moves its checkpoint past events that it ignores', async () => {
    const deaf: Projection = { ...postsProjection, name: 'deaf@1', handles: [] };
    const place = await fresh(deaf);
    const runner = run(deaf, place);
    await caughtUp(runner, head);
    expect(runner.status().documents).to.equal(0);
    await until(async () => (await place.collection.checkpoint(0)) === head);
  });

  it('grows the version counter before progress is announced', async () => {
    const projection = everyProjection.find(({ versionCounter }) => versionCounter !== undefined)!;
    const counter = projection.versionCounter!;
    const place = await fresh(projection);
    const seen: string[] = [];
    let count = 0;
    world.progress.goLive(projection.name, place.generation);
    const runtime: Runtime = {
      ...atTheHead(world),
      log: inSmallBatches(world.log, 20),
      ephemeral: {
        ...world.ephemeral,
        increment: async (key, by) => {
          expect(key).to.equal(counter);
          count += by;
          seen.push('counted');
          return { count, expiresIn: 1 };
        },
      },
      progress: {
        ...world.progress,
        announce: (name, of, partition, position) => {
          seen.push('announced');
          world.progress.announce(name, of, partition, position);
        },
      },
    };
    await caughtUp(run(projection, place, runtime), head);
    const pairs = seen.slice(2);
    expect(seen.slice(0, 2)).to.deep.equal(['counted', 'announced']);
    expect(pairs.length).to.be.greaterThan(6);
    expect(pairs.join(' ')).to.match(/^((counted )?announced ?)+$/);
    expect(pairs.filter((what) => what === 'counted').length).to.be.greaterThan(3);
  });

  for (const { age, aged } of ages)
    it(`waits for a store that fails and leaves nothing out, ${age}`, async () => {
      const projection = postsProjection;
      const clean = await cleanHash(projection);
      const place = await fresh(projection);
      let calls = 0;
      const flaky = withCollections(world, async (work) => {
        if ((calls += 1) % 3 === 1) throw new Error('The store is away.');
        return work();
      });
      const collection = await flaky.store.collection<object>(projection, place.generation);
      const runner = run(
        projection,
        { ...place, collection },
        aged({ ...world, log: inSmallBatches(world.log, 40) }),
      );
      await caughtUp(runner, head);
      expect(runner.status().failures).to.be.greaterThan(2);
      expect(await hashCollection(place.collection)).to.deep.equal(clean);
    });
});
