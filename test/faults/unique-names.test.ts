import { setImmediate } from 'node:timers/promises';
import { expect } from 'chai';
import type { EventLog } from '../../src/ports/event-log.ts';
import { holdUp } from './held-up.ts';
import { openNamesWorld, somebody, type NamesWorld } from './names-world.ts';
import { seeded } from './seeded.ts';

const mixedCase = (name: string, seed: number): string => {
  const random = seeded(seed);
  return Array.from(name, (letter) => (random() < 0.5 ? letter.toUpperCase() : letter)).join('');
};

/** Every call of the log takes a while that differs. */
const jittery = (log: EventLog, random: () => number): EventLog => {
  const wait = async () => {
    for (let turns = Math.floor(random() * 12); turns > 0; turns -= 1) await setImmediate();
  };
  const around = async <T>(call: () => Promise<T>): Promise<T> => {
    await wait();
    try {
      return await call();
    } finally {
      await wait();
    }
  };
  return {
    ...log,
    append: (...args) => around(() => log.append(...args)),
    readStream: (...args) => around(() => log.readStream(...args)),
  };
};

describe('Unique names', () => {
  let world: NamesWorld;

  before(async () => {
    world = await openNamesWorld();
  });
  after(() => world.close());

  it('go to one of many who register at once through two processes, whatever the case', async () => {
    const processes = [world.process(), world.process()] as const;
    const results = await Promise.all(
      Array.from({ length: 60 }, (_none, index) =>
        processes[index % 2]!.register(
          somebody(),
          mixedCase('parallel', index),
          mixedCase('parallel@example.org', index + 100),
        ),
      ),
    );
    // Nobody at all when two had one name each; never two.
    expect(results.filter(Boolean).length).to.be.at.most(1);
    const holders = await world.holders('username', 'parallel');
    expect(holders).to.have.length(results.filter(Boolean).length);
    expect(await world.holders('email', 'parallel@example.org')).to.deep.equal(holders);
  });

  it('one of many who register one username at once gets it', async () => {
    const processes = [world.process(), world.process()] as const;
    const results = await Promise.all(
      Array.from({ length: 60 }, (_none, index) =>
        processes[index % 2]!.register(somebody(), mixedCase('only-one', index)),
      ),
    );
    expect(results.filter(Boolean)).to.have.length(1);
    expect(await world.holders('username', 'only-one')).to.have.length(1);
  });

  for (const when of ['before', 'after'] as const) {
    it(`a registrar that dies ${when} any call of the log leaves a name that lapses or is its own`, async () => {
      for (let at = 0; ; at += 1) {
        const name = `dies-${when}-${at}`;
        const held = holdUp(at, when);
        const dead = world
          .process(held.wrap(world.log, ['append', 'readStream']))
          .register(somebody(), name, `${name}@example.org`);
        const outcome = await Promise.race([dead, held.reached]);
        if (outcome !== 'held') break;
        world.lapse();
        const heir = await world.process().register(somebody(), name);
        const holders = await world.holders('username', name);
        expect(holders, `held up at ${at}`).to.have.length(1);
        if (heir)
          expect(await world.process().register(somebody(), `${name}-x`, `${name}@example.org`)).to.equal(
            true,
          );
      }
    });

    it(`a registrar that sleeps ${when} any call of the log and wakes up late never makes a second holder`, async () => {
      for (let at = 0; ; at += 1) {
        const name = `sleeps-${when}-${at}`;
        const held = holdUp(at, when);
        const sleeper = world
          .process(held.wrap(world.log, ['append', 'readStream']))
          .register(somebody(), name);
        const outcome = await Promise.race([sleeper, held.reached]);
        if (outcome !== 'held') break;
        world.lapse();
        const heir = await world.process().register(somebody(), name);
        held.resume();
        const won = await sleeper;
        expect([heir, won].filter(Boolean), `held up at ${at}`).to.have.length(1);
        expect(await world.holders('username', name), `held up at ${at}`).to.have.length(1);
      }
    });

    it(`a renamer that sleeps ${when} any call of the log never makes a second holder, of the old name neither`, async () => {
      for (let at = 0; ; at += 1) {
        const [from, to] = [`from-${when}-${at}`, `to-${when}-${at}`];
        const renamer = somebody();
        await world.process().register(renamer, from);
        const held = holdUp(at, when);
        const sleeper = world
          .process(held.wrap(world.log, ['append', 'readStream']))
          .change(renamer, { username: to });
        const outcome = await Promise.race([sleeper, held.reached]);
        if (outcome !== 'held') break;
        world.lapse();
        const heir = await world.process().register(somebody(), to);
        const early = await world.process().register(somebody(), from);
        held.resume();
        const won = await sleeper;
        expect([heir, won].filter(Boolean), `held up at ${at}`).to.have.length(1);
        const late = early || (await world.process().register(somebody(), from));
        expect(late, `the old name, held up at ${at}`).to.equal(won);
        expect(await world.holders('username', to)).to.have.length(1);
        expect(await world.holders('username', from)).to.have.length(1);
      }
    });
  }

  it('survive a hundred seeded scrambles of three processes, with claims that lapse in the middle', async () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const random = seeded(seed);
      const [one, two] = [`scramble-${seed}-a`, `scramble-${seed}-b`];
      const people = [somebody(), somebody(), somebody()] as const;
      const act = async (person: (typeof people)[number]) => {
        const process = world.process(jittery(world.log, random));
        await process.register(person, random() < 0.5 ? one : two);
        for (let turn = 0; turn < 3; turn += 1) {
          await process.change(person, { username: random() < 0.5 ? one : two }).catch(() => false);
          if (random() < 0.3) world.lapse();
        }
      };
      await Promise.all([...people, people[0]].map(act));
      for (const name of [one, two])
        expect((await world.holders('username', name)).length, `seed ${seed}, ${name}`).to.be.at.most(1);
    }
  });
});
