import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { start, type Position } from '../../src/core/position.ts';
import type { Recorded } from '../../src/events/codec.ts';
import { projections } from '../../src/projections/all.ts';
import { createProgress } from '../../src/projections/progress.ts';
import type { Projection } from '../../src/projections/projection.ts';
import type { RebuildProgress } from '../../src/projections/rebuild.ts';
import { ForeignReadStore } from '../../src/projections/start-up.ts';
import { ProjectionRefused } from '../../src/projections/generations.ts';
import { startSupervisor, type Supervisor } from '../../src/projections/supervise.ts';
import { hashCollection } from '../../src/projections/verify.ts';
import { happenings, type Happening } from './history.ts';
import {
  everyProjection,
  logId,
  openWorld,
  positionsOf,
  until,
  withCollections,
  type World,
} from './world.ts';

type All = Supervisor<typeof projections>;

describe('the generations of a read model', () => {
  let world: World;
  let supervisor: All;
  let history: Generator<Happening, never>;

  const happen = async (count: number): Promise<readonly Recorded[]> => {
    const all: Recorded[] = [];
    for (let turn = 0; turn < count; turn += 1) {
      const { stream, events } = history.next().value;
      all.push(...(await world.append(stream, events)));
    }
    return all;
  };
  const begin = async (): Promise<All> => (supervisor = await startSupervisor(world, { projections, logId }));
  const hashOf = async ({ name, indexes }: Projection, generation: number) =>
    hashCollection(await world.store.collection<object>({ name, indexes }, generation));

  beforeEach(async () => {
    world = await openWorld();
    history = happenings(3);
    await happen(200);
    await begin();
    await supervisor.caughtUp();
  });
  afterEach(async () => {
    await supervisor.stop();
    await world.close();
  });

  it('rebuilt are equal to the live ones, for every projection', async () => {
    for (const projection of everyProjection) {
      const verified = await supervisor.verify(projection.name);
      expect(verified, projection.name).to.include({ equal: true });
      expect(verified.live).to.deep.equal(verified.rebuilt);
      expect(verified.live.rows).to.be.greaterThan(5);
    }
  });

  it('take over under load, so that what was shown stays shown', async () => {
    const appended: Recorded[] = [];
    let loading = true;
    const load = (async () => {
      while (loading) {
        const events = await happen(1);
        expect(await world.progress.waitFor(events)).to.equal('shown');
        for (const { event, position } of events) {
          if (event.type !== 'PostCreated') continue;
          const { postId } = event as unknown as { readonly postId: string };
          expect((await supervisor.models.posts.get(postId))!.pos >= position).to.equal(true);
        }
        appended.push(...events);
      }
    })();
    const told: RebuildProgress[] = [];
    let live = 1;
    while (appended.length < 30) {
      live += 1;
      for (const name of ['posts', 'comments@1', 'likes'] as const) {
        const { generation, comparison } = await supervisor.rebuild(name, (now) => told.push(now), {
          compare: true,
        });
        expect(generation).to.equal(live);
        expect(comparison).to.include({ equal: true });
      }
    }
    loading = false;
    await load;
    expect(told.at(-1)!.position >= told.at(-1)!.head).to.equal(true);
    expect(told.at(-1)!.millisLeft).to.equal(0);
    await supervisor.caughtUp();
    for (const projection of everyProjection.filter(({ name }) => name !== 'users@1')) {
      expect(await world.store.generations(projection.name)).to.deep.equal({ live, previous: live - 1 });
      await until(
        async () => (await hashOf(projection, live - 1)).hash === (await hashOf(projection, live)).hash,
      );
    }
  });

  it('before the live one are fed on, so that rollback shows everything', async () => {
    await supervisor.rebuild('posts@1');
    const events = await happen(30);
    expect(await supervisor.rollback('posts@1')).to.equal(1);
    expect(await world.store.generations('posts@1')).to.deep.equal({ live: 1, previous: 2 });
    expect(await world.progress.waitFor(events)).to.equal('shown');
    const created = events.find(({ event }) => event.type === 'PostCreated')!;
    const { postId } = created.event as unknown as { readonly postId: string };
    expect(await supervisor.models.posts.get(postId)).not.to.equal(undefined);
    expect(await supervisor.verify('posts@1')).to.include({ equal: true });
    expect((await supervisor.rebuild('posts@1')).generation).to.equal(3);
    expect(await world.store.generations('posts@1')).to.deep.equal({ live: 3, previous: 1 });
  });

  it('whose live one cannot be written any more are cured by a rebuild', async () => {
    await supervisor.stop();
    const damaged = withCollections(world, async (work, method, generation) => {
      if (generation === 1 && method === 'write') throw new Error('The page is damaged.');
      return work();
    });
    const progress = createProgress({ projections: everyProjection, clock: world.clock });
    supervisor = await startSupervisor({ ...damaged, progress }, { projections, logId });
    const events = await happen(30);
    const created = events.find(({ event }) => event.type === 'PostCreated')!;
    expect(await progress.waitFor([created], 50)).to.equal('pending');
    for (const { name } of everyProjection) expect((await supervisor.rebuild(name)).generation).to.equal(2);
    expect(await progress.waitFor(events)).to.equal('shown');
    expect(await supervisor.verify('posts')).to.include({ equal: true });
  });

  it('cannot be rolled back when there is none before', async () => {
    const refused = await supervisor.rollback('posts@1').catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(ProjectionRefused);
    const unknown = await supervisor.rebuild('cats@1').catch((error: unknown) => error);
    expect((unknown as Error).message).to.contain('posts@1');
  });

  it('that a killed rebuild left are thrown away, and the rebuild starts again', async () => {
    await supervisor.stop();
    const half = await world.store.collection<object>(projections.posts, 2);
    await half.write([{ id: 'rubbish', expected: undefined, pos: start, value: {} }]);
    await world.store.changeGenerations('posts@1', { live: 1 }, { live: 1, building: 2 });
    await begin();
    await until(async () => (await world.store.generations('posts@1'))?.live === 2);
    const rebuilt = await world.store.collection<object>(projections.posts, 2);
    expect(await rebuilt.get('rubbish')).to.equal(undefined);
    expect(await supervisor.verify('posts@1')).to.include({ equal: true });
  });

  it('verified against a fresh rebuild show the first row that differs', async () => {
    const live = await world.store.collection<{ readonly likes: number }>(projections.posts, 1);
    const [first, second] = await live.scan(undefined, 2);
    for (const row of [second!, first!]) {
      await live.write([{ id: row.id, expected: row.pos, pos: row.pos, value: { ...row.value, likes: 77 } }]);
    }
    const verified = await supervisor.verify('posts');
    expect(verified.equal).to.equal(false);
    expect(verified.live.rows).to.equal(verified.rebuilt.rows);
    expect(verified.live.hash).not.to.equal(verified.rebuilt.hash);
    expect(verified.firstDifference!.id).to.equal(first!.id);
    expect(verified.firstDifference!.live).to.contain('"likes":77');
    expect(verified.firstDifference!.rebuilt).not.to.contain('"likes":77');
  });

  it('say how far they are', async () => {
    const status = await supervisor.status();
    expect(status.map(({ projection, state }) => [projection, state])).to.deep.equal(
      everyProjection.map(({ name }) => [name, 'live']),
    );
    const head = await world.log.head();
    for (const one of status) {
      expect(one).to.include({ generation: 1, position: head, lagEvents: 0, lagMillis: 0, parked: 0 });
      expect(one.documents).to.be.greaterThan(0);
    }
  });

  it('of an earlier version are dropped once the new version is filled', async () => {
    await supervisor.stop();
    const posts = { ...projections.posts, name: 'posts@2' };
    const next = await startSupervisor(world, { projections: { posts }, logId });
    try {
      const files = () => readdir(join(world.directory, 'read'));
      const of = async (name: string) => (await files()).filter((file) => file.startsWith(name)).length > 0;
      await until(async () => !(await of('posts%401.')));
      expect(await of('posts%402.')).to.equal(true);
      expect(await of('comments%401.')).to.equal(true);
      expect(await next.verify('posts@2')).to.include({ equal: true });
    } finally {
      await next.stop();
    }
  });

  it('built from another log, or ahead of this one, are refused with a sentence', async () => {
    await supervisor.stop();
    const other = '0190a000-0000-8000-8000-00000000000f';
    const foreign = await startSupervisor(world, { projections, logId: other }).catch(
      (error: unknown) => error,
    );
    expect(foreign).to.be.instanceOf(ForeignReadStore);
    expect((foreign as Error).message)
      .to.contain(logId)
      .and.to.contain(other)
      .and.to.contain('Throw');
    const positions = await positionsOf(world.log);
    const beyond = (positions.at(-1)! + 10n) as Position;
    const live = await world.store.collection<object>(projections.comments, 1);
    await live.write([], { partition: 0, position: beyond });
    const ahead = await startSupervisor(world, { projections, logId }).catch((error: unknown) => error);
    expect(ahead).to.be.instanceOf(ForeignReadStore);
    expect((ahead as Error).message).to.contain(`comments@1 has read up to ${logId}.${beyond}`);
  });

  it('read with an overlay show an event before it is folded, and after that no second time', async () => {
    await supervisor.stop();
    const liked = (await happen(200)).findLast(
      ({ event }) => event.type === 'Liked' && (event as { targetKind?: string }).targetKind === 'post',
    )!;
    const { postId } = liked.event as unknown as { readonly postId: string };
    const before = (await supervisor.models.posts.get(postId))!;
    const overlaid = (await supervisor.models.posts.get(postId, [liked]))!;
    expect(overlaid.value.likes).to.equal(before.value.likes + 1);
    expect(overlaid.pos).to.equal(liked.position);
    await begin();
    await supervisor.caughtUp();
    const after = (await supervisor.models.posts.get(postId))!;
    expect(await supervisor.models.posts.get(postId, [liked])).to.deep.equal(after);
  });
});
