import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEphemeralStore } from '../../src/adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { openReadStore } from '../../src/adapters/embedded/read-store/open-read-store.ts';
import {
  createPresence,
  presenceCollection,
  type Presence,
  type PresenceDocument,
} from '../../src/commands/presence.ts';
import { instant, systemChance, type Clock, type Millis } from '../../src/core/clock.ts';
import { deriveId, type UserId } from '../../src/core/ids.ts';
import type { EphemeralStore } from '../../src/ports/ephemeral-store.ts';
import type { Collection, ReadStore } from '../../src/ports/read-store.ts';

const began = 1_795_000_000_000;
const [anna, boris, never] = ['anna', 'boris', 'never'].map((name) => deriveId<UserId>(name)) as [
  UserId,
  UserId,
  UserId,
];

describe('Presence', () => {
  let directory: string;
  let store: ReadStore;
  let ephemeral: EphemeralStore;
  let collection: Collection<PresenceDocument>;
  let now: Millis;
  /** Lets the sleeping keeper go on. */
  let wake: () => void;
  let written: number;
  const clock: Clock = {
    now: () => now,
    sleep: (_duration, signal) =>
      new Promise((resolve) => {
        wake = resolve;
        signal?.addEventListener('abort', () => resolve());
      }),
  };

  const keep = (): Presence => {
    const counted = {
      ...collection,
      getMany: (ids: readonly string[]) => collection.getMany(ids),
      write: (...args: Parameters<typeof collection.write>) => {
        written += args[0].length;
        return collection.write(...args);
      },
    };
    return createPresence({
      ephemeral,
      collection: counted,
      clock,
      onError: (error) => expect.fail(String(error)),
    });
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storyline-'));
    [now, written] = [began, 0];
    store = await openReadStore({ directory: join(directory, 'read') });
    ephemeral = await openEphemeralStore({
      directory: join(directory, 'ephemeral'),
      clock: { ...clock, sleep: async () => new Promise(() => undefined) },
      chance: systemChance,
    });
    collection = await store.collection<PresenceDocument>(presenceCollection, 1);
  });
  afterEach(async () => {
    await ephemeral.close();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('knows at once who was seen, and of nobody else', async () => {
    const presence = keep();
    presence.touch(anna);
    expect(await presence.lastSeen([never, anna])).to.deep.equal([undefined, instant(began)]);
    await presence.close();
  });

  it('writes down once a minute, however often somebody is seen', async () => {
    const presence = keep();
    for (let seen = 0; seen < 1000; seen += 1) presence.touch(anna);
    presence.touch(boris);
    expect(written).to.equal(0);
    await presence.flush();
    expect(written).to.equal(2);
    await presence.flush();
    expect(written).to.equal(2);
    now += 60_000;
    presence.touch(anna);
    wake();
    await presence.close();
    expect(written).to.equal(3);
  });

  it('is there for other processes through the cache, and for later ones through the store', async () => {
    const presence = keep();
    presence.touch(anna);
    await presence.flush();
    const other = keep();
    expect(await other.lastSeen([anna])).to.deep.equal([instant(began)]);
    await other.close();
    now += 3_600_000;
    const later = keep();
    expect(await later.lastSeen([anna])).to.deep.equal([instant(began)]);
    await later.close();
    await presence.close();
  });

  it('loses nothing when it is closed, and never goes back', async () => {
    const [one, two] = [keep(), keep()];
    one.touch(anna);
    now += 1_000;
    two.touch(anna);
    await two.close();
    await one.close();
    expect((await collection.get(anna))?.value.seen).to.equal(began + 1_000);
  });
});
