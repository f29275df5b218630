import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openEphemeralStore } from '../../src/adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import type { EphemeralStore } from '../../src/ports/ephemeral-store.ts';

const hour = 3_600_000;
const keys = Array.from({ length: 200 }, (_, n) => `session-${n}`);

describe('A damaged ephemeral store', () => {
  let root: string;
  let directory: string;
  let notices: string[];
  let store: EphemeralStore;

  const open = async (at = directory): Promise<void> => {
    store = await openEphemeralStore({
      directory: at,
      clock: systemClock,
      chance: systemChance,
      onNotice: (sentence) => notices.push(sentence),
    });
  };
  const path = (): string => join(directory, 'values.mdb');
  const valuesOf = (): Promise<readonly (string | undefined)[]> =>
    Promise.all(keys.map(async (key) => (await store.get(key))?.value));

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'storyline-'));
    directory = join(root, 'ephemeral');
    notices = [];
    await open();
    await Promise.all(keys.map((key) => store.set(key, `value of ${key}`, hour)));
  });
  afterEach(async () => {
    await store.close();
    rmSync(root, { recursive: true });
  });

  const expectAnew = async (): Promise<void> => {
    expect(notices).to.have.length(1);
    expect(notices[0]).to.include('begins anew');
    expect(new Set(await valuesOf())).to.deep.equal(new Set([undefined]));
    await store.set('session-1', 'later', hour);
    expect((await store.get('session-1'))?.value).to.equal('later');
  };

  it('says so and answers nothing where its file was cut off', async () => {
    await store.close();
    truncateSync(path(), statSync(path()).size / 2);
    await open();
    await expectAnew();
  });

  it('says so and answers nothing when a value is not what was written', async () => {
    await store.close();
    const bytes = readFileSync(path());
    bytes[bytes.indexOf('value of session-77') + 3]! ^= 1;
    writeFileSync(path(), bytes);
    await open();
    await expectAnew();
  });

  it('is whole when its process was killed', async () => {
    const copy = join(root, 'as-killed');
    cpSync(directory, copy, { recursive: true });
    await store.close();
    await open(copy);
    expect(notices).to.deep.equal([]);
    expect(await valuesOf()).to.deep.equal(keys.map((key) => `value of ${key}`));
    await store.set('session-1', 'later', hour);
    expect((await store.get('session-1'))?.value).to.equal('later');
  });
});

describe('The embedded ephemeral store over time', () => {
  it('sweeps what expired while others are written, so that its file does not grow for ever', async () => {
    const root = mkdtempSync(join(tmpdir(), 'storyline-'));
    let now = Date.UTC(2026, 10, 21);
    const clock = { now: () => now, sleep: async () => undefined };
    const store = await openEphemeralStore({ directory: root, clock, chance: systemChance });
    try {
      const sizes: number[] = [];
      for (let round = 0; round < 30; round += 1) {
        await Promise.all(keys.map((key) => store.set(`${round}-${key}`, 'x'.repeat(500), hour)));
        now += hour;
        sizes.push(statSync(join(root, 'values.mdb')).size);
      }
      expect(sizes.at(-1)).to.be.at.most(sizes[9]! * 1.6);
    } finally {
      await store.close();
      rmSync(root, { recursive: true });
    }
  });
});
