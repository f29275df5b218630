import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openEphemeralStore } from '../../src/adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { openReadStore } from '../../src/adapters/embedded/read-store/open-read-store.ts';
import { openSubjectKeys } from '../../src/adapters/embedded/subject-keys/open-subject-keys.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import {
  documentCount,
  idsOfBatch,
  isErased,
  master,
  spec,
  subject,
  type Counted,
} from './embedded-stores-writer.ts';

/** Before a release more: `STORE_KILLS=500 npx mocha test/faults/embedded-stores-kill.test.ts`. */
const cycles = Number(process.env['STORE_KILLS'] ?? 12);
const writer = fileURLToPath(new URL('./embedded-stores-writer.ts', import.meta.url));

interface Acknowledged {
  batch: number;
  readonly values: number[];
  readonly keys: Map<number, string>;
  readonly gone: Set<number>;
  readonly notices: string[];
}

const note = (acknowledged: Acknowledged, line: string): void => {
  const [what, n, id] = line.split(' ');
  if (what === 'read') acknowledged.batch = Number(n);
  else if (what === 'value') acknowledged.values.push(Number(n));
  else if (what === 'key') acknowledged.keys.set(Number(n), id!);
  else if (what === 'gone') acknowledged.gone.add(Number(n));
  else acknowledged.notices.push(line);
};

/** Runs the writer until it has acknowledged `lines` things of each kind at least, then kills it at once. */
const runAndKill = async (
  directory: string,
  from: number,
  lines: number,
  acknowledged: Acknowledged,
): Promise<void> => {
  const child = spawn(process.execPath, [...process.execArgv, '--import=tsx', writer, directory, `${from}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const seen = { read: 0, value: 0, key: 0 };
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => {
    note(acknowledged, line);
    const kind = line.slice(0, line.indexOf(' '));
    if (kind in seen) seen[kind as keyof typeof seen] += 1;
    if (Math.min(seen.read, seen.value, seen.key) >= lines) child.kill('SIGKILL');
  });
  await Promise.all([once(child, 'exit'), once(output, 'close')]);
};

describe('The embedded stores, killed while they write', function () {
  this.timeout(60_000 + cycles * 5_000);
  let directory: string;
  const acknowledged: Acknowledged = { batch: 0, values: [], keys: new Map(), gone: new Set(), notices: [] };

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'storyline-'));
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      await runAndKill(directory, cycle * 1_000_000, 1 + ((cycle * 37) % 60), acknowledged);
    }
  });
  after(() => {
    rmSync(directory, { recursive: true });
  });

  it('have something to lose', () => {
    expect(acknowledged.batch).to.be.greaterThan(cycles);
    expect(acknowledged.values.length).to.be.greaterThan(cycles);
    expect(acknowledged.gone.size).to.be.greaterThan(cycles);
  });

  it('throw nothing away and refuse nothing', () => {
    expect(acknowledged.notices).to.deep.equal([]);
  });

  it('keep every read model whole: documents, index and checkpoint are of the same batch', async () => {
    const store = await openReadStore({ directory: join(directory, 'read-models') });
    try {
      const collection = await store.collection<Counted>(spec, 1);
      const last = Number(await collection.checkpoint(0));
      expect(last).to.be.at.least(acknowledged.batch);
      const expected = new Map<string, number>();
      for (let batch = Math.max(1, last - documentCount); batch <= last; batch += 1) {
        for (const id of idsOfBatch(batch)) expected.set(id, batch);
      }
      const all = await collection.scan(undefined, 1_024);
      expect(new Map(all.map(({ id, pos }) => [id, Number(pos)]))).to.deep.equal(expected);
      const found = await collection.find({ index: 'by-owner', limit: 1_024 });
      expect(found.map(({ id }) => id)).to.have.members([...expected.keys()]);
      for (const { pos, value } of found)
        expect(value).to.deep.equal({ batch: Number(pos), owner: `owner-${Number(pos) % 3}` });
    } finally {
      await store.close();
    }
  });

  it('keep every value and count that was acknowledged', async () => {
    const store = await openEphemeralStore({
      directory: join(directory, 'ephemeral'),
      clock: systemClock,
      chance: systemChance,
    });
    try {
      for (const n of acknowledged.values) expect((await store.get(`value-${n}`))?.value).to.equal(`of ${n}`);
      expect(Number((await store.get('count'))?.value)).to.be.at.least(acknowledged.values.length);
    } finally {
      await store.close();
    }
  });

  it('keep every key that was answered, and revive none that was destroyed', async () => {
    const keys = await openSubjectKeys({
      directory: join(directory, 'keys'),
      masters: [master],
      clock: systemClock,
      chance: systemChance,
    });
    try {
      for (const [n, id] of acknowledged.keys) {
        const found = await keys.find(subject(n));
        if (acknowledged.gone.has(n)) expect(found).to.equal('destroyed');
        else if (isErased(n))
          expect(found).to.satisfy(() => found === 'destroyed' || (found !== undefined && found.id === id));
        else expect(found).to.have.property('id', id);
      }
    } finally {
      await keys.close();
    }
  });
});
