import { expect } from 'chai';
import type { Recorded } from '../../src/events/codec.ts';
import { startReaction, type Reaction, type ReactionRunner } from '../../src/reactions/run.ts';
import { happenings, type Happening } from '../projections/history.ts';
import { openWorld, until, withCollections, type World } from '../projections/world.ts';

interface Effects {
  done(recorded: Recorded): void;
}

const handles = ['PostPublished', 'CommentCreated'];

describe('a reaction', () => {
  let world: World;
  let history: Generator<Happening, never>;
  let effects: string[];
  let runner: ReactionRunner | undefined;
  const services: Effects = { done: ({ id }) => effects.push(id) };

  const happen = async (count: number): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let turn = 0; turn < count; turn += 1) {
      const { stream, events } = history.next().value;
      const recorded = await world.append(stream, events);
      ids.push(...recorded.filter(({ event }) => handles.includes(event.type)).map(({ id }) => id));
    }
    return ids;
  };
  const reaction = (react: Reaction<Effects>['react'] = async (recorded, { done }) => done(recorded)) =>
    ({ name: 'tell@1', handles, react, tries: 3 }) satisfies Reaction<Effects>;
  const begin = async (what: Reaction<Effects> = reaction()): Promise<ReactionRunner> => {
    runner = startReaction(world, what, services);
    await until(() => runner!.position() !== undefined);
    return runner;
  };
  const caughtUp = async (): Promise<void> => {
    const head = await world.log.head();
    await until(() => runner!.position() === head);
  };

  beforeEach(async () => {
    world = await openWorld();
    history = happenings(31);
    effects = [];
    await happen(40);
  });
  afterEach(async () => {
    await runner?.stop();
    await world.close();
  });

  it('that is new begins at the head, and then follows every event in order', async () => {
    await begin();
    const ids = await happen(60);
    await caughtUp();
    expect(ids.length).to.be.greaterThan(10);
    expect(effects).to.deep.equal(ids);
  });

  it('goes on after a restart where it stopped, also behind events that it ignores', async () => {
    await begin();
    const first = await happen(20);
    await caughtUp();
    await runner!.stop();
    const meanwhile = await happen(20);
    await begin();
    const later = await happen(20);
    await caughtUp();
    expect(effects).to.deep.equal([...first, ...meanwhile, ...later]);
  });

  it('repeats only the effect under way when it is cut off before its checkpoint', async () => {
    let fail = false;
    const cutOff = withCollections(world, async (work, name) => {
      if (fail && name === 'write') throw new Error('Cut off.');
      return work();
    });
    runner = startReaction(cutOff, reaction(), services);
    await until(() => runner!.position() !== undefined);
    const first = await happen(20);
    await caughtUp();
    fail = true;
    const [next, ...rest] = await happen(20);
    await until(() => effects.includes(next!));
    await runner.stop();
    await begin();
    await caughtUp();
    expect(effects).to.deep.equal([...first, next, next, ...rest]);
  });

  it('is tried again when it fails, and nothing overtakes it', async () => {
    let failures = 0;
    await begin(
      reaction(async (recorded, { done }) => {
        if (failures < 2) {
          failures += 1;
          throw new Error('Not now.');
        }
        done(recorded);
      }),
    );
    const ids = await happen(30);
    await caughtUp();
    expect(failures).to.equal(2);
    expect(effects).to.deep.equal(ids);
    expect(await runner!.deadLetters()).to.deep.equal([]);
  });

  it('that fails again and again becomes a dead letter, over a restart too, until it is retried or skipped', async () => {
    const broken = new Set<string>();
    const fragile = reaction(async (recorded, { done }) => {
      if (broken.has(recorded.stream)) throw new Error('Never.');
      done(recorded);
    });
    await begin(fragile);
    const streams: string[] = [];
    const ids: string[] = [];
    while (ids.length < 6) {
      const { stream, events } = history.next().value;
      if (streams.length < 2 && events.some(({ type }) => handles.includes(type))) {
        broken.add(stream);
        streams.push(stream);
      }
      const recorded = await world.append(stream, events);
      ids.push(...recorded.filter(({ event }) => handles.includes(event.type)).map(({ id }) => id));
    }
    await caughtUp();
    const letters = await runner!.deadLetters();
    expect(letters.map(({ eventId }) => eventId)).to.have.members([ids[0]!, ids[1]!]);
    expect(letters[0]).to.include({ reaction: 'tell@1', reason: 'Never.' });
    expect(effects.slice(-4)).to.deep.equal(ids.slice(2));

    await runner!.stop();
    await begin(fragile);
    expect(await runner!.deadLetters()).to.have.length(2);
    expect(await runner!.retry(ids[0]!)).to.equal('failed_again');
    broken.clear();
    expect(await runner!.retry(ids[0]!)).to.equal('done');
    expect(effects.at(-1)).to.equal(ids[0]);
    expect(await runner!.retry(ids[0]!)).to.equal('no_such_letter');
    expect(await runner!.skip(ids[1]!)).to.equal(true);
    expect(await runner!.skip(ids[1]!)).to.equal(false);
    expect(await runner!.deadLetters()).to.deep.equal([]);
    expect(effects).not.to.include(ids[1]);
  });
});
