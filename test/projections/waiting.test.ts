import { expect } from 'chai';
import type { Clock } from '../../src/core/clock.ts';
import { start, type Position } from '../../src/core/position.ts';
import type { Recorded } from '../../src/events/codec.ts';
import { createProgress, type Progress } from '../../src/projections/progress.ts';
import type { Projection } from '../../src/projections/projection.ts';

const position = (n: number): Position => BigInt(n) as Position;

const projection = (name: string, handles: readonly string[]): Projection => ({
  name,
  indexes: [],
  handles,
  personal: false,
  keys: (event) => [(event as unknown as { readonly id: string }).id],
  apply: (document) => document ?? {},
});

const recorded = (type: string, id: string, at: number): Recorded =>
  ({ event: { type, v: 1, id }, stream: `thing-${id}`, position: position(at) }) as unknown as Recorded;

/** A clock that stands until it is stepped. */
const steppedClock = (): Clock & { step(by: number): Promise<void>; readonly sleepers: number } => {
  let now = 0;
  const sleeping = new Set<{ readonly until: number; readonly wake: () => void }>();
  return {
    now: () => now,
    sleep: (duration, signal) =>
      new Promise((resolve) => {
        const sleeper = {
          until: now + duration,
          wake: () => {
            sleeping.delete(sleeper);
            resolve();
          },
        };
        sleeping.add(sleeper);
        signal?.addEventListener('abort', sleeper.wake);
      }),
    step: async (by) => {
      now += by;
      for (const sleeper of [...sleeping]) if (sleeper.until <= now) sleeper.wake();
      await new Promise((resolve) => setImmediate(resolve));
    },
    get sleepers() {
      return sleeping.size;
    },
  };
};

describe('waiting for read models', () => {
  const things = projection('things@1', ['ThingMade', 'ThingChanged']);
  const others = projection('others@1', ['OtherMade', 'ThingChanged']);
  let clock: ReturnType<typeof steppedClock>;
  let progress: Progress;

  beforeEach(() => {
    clock = steppedClock();
    progress = createProgress({ projections: [things, others], clock });
    progress.goLive('things@1', 1);
    progress.goLive('others@1', 1);
  });
  afterEach(() => progress.close());

  /** What a wait has come to when everything that can run has run. */
  const now = async (wait: Promise<string>): Promise<string> =>
    Promise.race([wait, new Promise<string>((resolve) => setImmediate(() => resolve('waits')))]);

  it('answers at once when everything is there, and starts no timer', async () => {
    progress.announce('things@1', 1, 0, position(5));
    expect(await now(progress.waitFor([recorded('ThingMade', 'a', 5)]))).to.equal('shown');
    expect(await now(progress.waitFor([recorded('Unheard', 'a', 9)]))).to.equal('shown');
    expect(await now(progress.waitFor([]))).to.equal('shown');
    expect(clock.sleepers).to.equal(0);
  });

  it('waits only for projections that an event changes', async () => {
    const made = progress.waitFor([recorded('ThingMade', 'a', 5)]);
    const changed = progress.waitFor([recorded('ThingMade', 'a', 5), recorded('ThingChanged', 'a', 6)]);
    expect(await now(made)).to.equal('waits');
    progress.announce('things@1', 1, 0, position(6));
    expect(await now(made)).to.equal('shown');
    expect(await now(changed)).to.equal('waits');
    progress.announce('others@1', 1, 0, position(7));
    expect(await now(changed)).to.equal('shown');
  });

  it('answers pending when its time is over, each wait by its own', async () => {
    const long = progress.waitFor([recorded('ThingMade', 'a', 5)]);
    const short = progress.waitFor([recorded('ThingMade', 'a', 5)], 100);
    await clock.step(99);
    expect(await now(short)).to.equal('waits');
    await clock.step(1);
    expect(await now(short)).to.equal('pending');
    expect(await now(long)).to.equal('waits');
    await clock.step(1900);
    expect(await now(long)).to.equal('pending');
    expect(await now(progress.waitFor([recorded('ThingMade', 'a', 5)], 0))).to.equal('pending');
  });

  it('answers pending for a parked document, also when it was parked meanwhile', async () => {
    progress.parked('things@1', 1, 0).set('a', position(4));
    expect(await now(progress.waitFor([recorded('ThingMade', 'a', 5)]))).to.equal('pending');
    expect(await now(progress.waitFor([recorded('ThingMade', 'a', 3)]))).to.equal('waits');
    const b = progress.waitFor([recorded('ThingMade', 'b', 6)]);
    const c = progress.waitFor([recorded('ThingMade', 'c', 6)]);
    progress.parked('things@1', 1, 0).set('stream:thing-b', position(6));
    progress.announce('things@1', 1, 0, position(6));
    expect(await now(b)).to.equal('pending');
    expect(await now(c)).to.equal('shown');
  });

  it('goes over to the generation that takes over while it waits', async () => {
    const wait = progress.waitFor([recorded('ThingMade', 'a', 5)]);
    progress.goLive('things@1', 2);
    progress.announce('things@1', 1, 0, position(5));
    expect(await now(wait)).to.equal('waits');
    progress.announce('things@1', 2, 0, position(5));
    expect(await now(wait)).to.equal('shown');
  });

  it('waits for a position in every read model', async () => {
    const wait = progress.waitForPosition(position(3));
    progress.announce('things@1', 1, 0, position(3));
    expect(await now(wait)).to.equal('waits');
    progress.announce('others@1', 1, 0, position(4));
    expect(await now(wait)).to.equal('shown');
    expect(await now(progress.waitForPosition(start))).to.equal('shown');
  });

  it('never goes back, and lets everybody go when it closes', async () => {
    progress.announce('things@1', 1, 0, position(9));
    progress.announce('things@1', 1, 0, position(2));
    expect(progress.position('things@1', 1, 0)).to.equal(9n);
    const wait = progress.waitFor([recorded('ThingMade', 'a', 10)]);
    progress.close();
    expect(await now(wait)).to.equal('pending');
    expect(await now(progress.waitFor([recorded('ThingMade', 'a', 10)]))).to.equal('pending');
  });
});
