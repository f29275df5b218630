import { expect } from 'chai';
import { start } from '../../src/core/position.ts';
import { eventSchemas } from '../../src/events/all.ts';
import type { Recorded } from '../../src/events/codec.ts';
import type { PostCreated, PostEvent } from '../../src/events/post.ts';
import { posts } from '../../src/projections/posts.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { startRunner, type Runner } from '../../src/projections/run.ts';
import type { Runtime } from '../../src/projections/runtime.ts';
import { hashCollection } from '../../src/projections/verify.ts';
import { happenings } from './history.ts';
import { inSmallBatches, openWorld, until, type World } from './world.ts';

const sound = posts as unknown as Projection;

describe('a poison event', () => {
  let world: World;
  let recorded: Recorded[];
  let runner: Runner | undefined;

  beforeEach(async () => {
    world = await openWorld({ projections: [sound] });
    recorded = [];
    const history = happenings(11);
    for (let count = 0; count < 120; count += 1) {
      const { stream, events } = history.next().value;
      recorded.push(...(await world.append(stream, events)));
    }
  });
  afterEach(async () => {
    await runner?.stop();
    await world.close();
  });

  const caughtUp = async (): Promise<void> => {
    const head = await world.log.head();
    await until(() => runner!.status().position >= head);
  };

  const cleanHash = async () => {
    const collection = await world.store.collection<object>(sound, 50);
    const clean = startRunner(world, { projection: sound, generation: 50, collection });
    const head = await world.log.head();
    await until(() => clean.status().position >= head);
    await clean.stop();
    const hash = await hashCollection(collection);
    await world.store.drop(sound.name, 50);
    return hash;
  };

  /** The third event of the post that most events are about. */
  const victim = (): { readonly id: string; readonly poison: Recorded } => {
    const byPost = new Map<string, Recorded[]>();
    for (const one of recorded) {
      if (!sound.handles.includes(one.event.type)) continue;
      for (const id of sound.keys(one.event)) byPost.set(id, [...(byPost.get(id) ?? []), one]);
    }
    const [id, events] = [...byPost].sort((a, b) => b[1].length - a[1].length)[0]!;
    expect(events.length).to.be.greaterThan(6);
    return { id, poison: events[2]! };
  };

  it('parks only its document, which queues what comes later, and retry heals it', async () => {
    const { id, poison } = victim();
    let broken = true;
    const projection: Projection = {
      ...sound,
      apply: (document, one, of) => {
        if (broken && one.id === poison.id && of === id) throw new Error('Cannot read this one.');
        return sound.apply(document, one, of);
      },
    };
    const collection = await world.store.collection<object>(projection, 1);
    const small: Runtime = { ...world, log: inSmallBatches(world.log, 10) };
    world.progress.goLive(projection.name, 1);
    runner = startRunner(small, { projection, generation: 1, collection });
    await caughtUp();

    const [parked, ...others] = await collection.parked();
    expect(others).to.deep.equal([]);
    expect(parked).to.include({ id, position: poison.position, eventId: poison.id });
    expect(parked!.reason).to.contain('Cannot read this one.');
    expect((await collection.get(id))!.pos < poison.position).to.equal(true);
    expect(runner.status().parked).to.equal(1);
    expect(world.said.filter(({ level }) => level === 'error')).to.have.length(1);
    const clean = await cleanHash();
    const hurt = await hashCollection(collection);
    expect(hurt.rows).to.equal(clean.rows);
    expect(hurt.hash).not.to.equal(clean.hash);
    expect(await world.progress.waitFor([poison], 50)).to.equal('pending');

    expect(await runner.retry(id)).to.equal('still_parked');
    expect(await runner.retry('nobody')).to.equal('not_parked');
    broken = false;
    expect(await runner.retry(id)).to.equal('healed');
    expect(await collection.parked()).to.deep.equal([]);
    expect(await hashCollection(collection)).to.deep.equal(clean);
    expect(await world.progress.waitFor([poison], 50)).to.equal('shown');

    const { event, stream } = recorded.find((one) => one.stream === `post-${id}`)!;
    const { postId, authorId, at } = event as PostCreated;
    const edit = { type: 'PostEdited' as const, v: 1 as const, postId, authorId, at, taggedUsers: [] };
    const texts = { title: 'New', content: null, description: null, place: null };
    const after = await world.append(stream, [{ ...edit, ...texts } satisfies PostEvent]);
    expect(await world.progress.waitFor(after)).to.equal('shown');
    expect(await hashCollection(collection)).to.deep.equal(await cleanHash());
  });

  it('that cannot be decoded parks its stream, and retry folds what the stream missed', async () => {
    const poison = recorded.find(({ event }) => event.type === 'PostEdited')!;
    const lame = world.codecWith(eventSchemas.filter(({ type }) => type !== 'PostEdited'));
    let codec = lame;
    const runtime: Runtime = {
      ...world,
      log: inSmallBatches(world.log, 10),
      codec: {
        seal: (...args) => codec.seal(...args),
        open: (...args) => codec.open(...args),
        forget: () => codec.forget(),
      },
    };
    const collection = await world.store.collection<object>(sound, 1);
    runner = startRunner(runtime, { projection: sound, generation: 1, collection });
    world.progress.goLive(sound.name, 1);
    await caughtUp();

    const parked = await collection.parked();
    const streams = new Set(
      recorded.filter(({ event }) => event.type === 'PostEdited').map(({ stream }) => `stream:${stream}`),
    );
    expect(new Set(parked.map(({ id }) => id))).to.deep.equal(streams);
    expect(await world.progress.waitFor([poison], 50)).to.equal('pending');
    expect(await runner.retry(parked[0]!.id)).to.equal('still_parked');

    codec = world.codec;
    for (const { id } of parked) expect(await runner.retry(id)).to.equal('healed');
    expect(await hashCollection(collection)).to.deep.equal(await cleanHash());
    expect(await world.progress.waitFor([poison], 50)).to.equal('shown');
  });

  it('stays parked over a restart, and after a rebuild with the same program the documents are the same', async () => {
    const { id, poison } = victim();
    const projection: Projection = {
      ...sound,
      apply: (document, one, of) => {
        if (one.id === poison.id && of === id) throw new Error('Cannot read this one.');
        return sound.apply(document, one, of);
      },
    };
    const hashes = [];
    for (const generation of [1, 2]) {
      const collection = await world.store.collection<object>(projection, generation);
      const runtime = { ...world, log: inSmallBatches(world.log, generation * 7) };
      runner = startRunner(runtime, { projection, generation, collection });
      await until(() => runner!.status().position > poison.position);
      await runner.stop();
      runner = startRunner(runtime, { projection, generation, collection });
      await caughtUp();
      await collection.write([], { partition: 0, position: start });
      await runner.stop();
      runner = startRunner(runtime, { projection, generation, collection });
      await caughtUp();
      expect((await collection.parked()).map((parked) => parked.id)).to.deep.equal([id]);
      hashes.push(await hashCollection(collection));
      await runner.stop();
    }
    expect(hashes[0]).to.deep.equal(hashes[1]);
  });

  it('of more than sixteen keys is refused as a fault of the projection', async () => {
    const projection: Projection = {
      ...sound,
      handles: ['PostCreated'],
      keys: () => Array.from({ length: 17 }, (_, index) => `document-${index}`),
    };
    const collection = await world.store.collection<object>(projection, 1);
    runner = startRunner(world, { projection, generation: 1, collection });
    await caughtUp();
    const [parked] = await collection.parked();
    expect(parked!.id).to.match(/^stream:post-/);
    expect(parked!.reason).to.contain('17 documents');
  });
});
