import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

interface Step {
  readonly failures: Readonly<Record<'posts' | 'values' | 'keys', string | undefined>>;
  readonly done: Readonly<Record<'posts' | 'values' | 'keys', number>>;
  readonly reads: Readonly<Record<string, boolean>>;
}

const program = fileURLToPath(new URL('./embedded-stores-on-full-disk.ts', import.meta.url));
const allRead = { posts: true, checkpoint: true, values: true, keys: true };

describe('The embedded stores on a full disk', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'storyline-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('refuse to write, go on reading, and write again when there is room, without an unhandled rejection', async () => {
    const child = spawn(process.execPath, [...process.execArgv, '--import=tsx', program, directory], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const exit = once(child, 'exit');
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const limit = (bytes: string): void =>
      void execFileSync('prlimit', ['--pid', `${child.pid}`, `--fsize=${bytes}`]);
    const step = async (count: number): Promise<Step> => {
      child.stdin.write(`${count}\n`);
      return JSON.parse((await answers.next()).value as string) as Step;
    };

    const before = await step(5);
    expect(before).to.deep.equal({ failures: {}, done: { posts: 5, values: 5, keys: 5 }, reads: allRead });
    limit('400000:unlimited');
    const full = await step(500);
    expect(Object.values(full.failures)).to.have.length(3);
    expect(full.reads).to.deep.equal(allRead);
    const stillFull = await step(3);
    expect(stillFull.failures).to.have.keys('posts', 'values', 'keys');
    expect(stillFull.reads).to.deep.equal(allRead);
    limit('unlimited:unlimited');
    const room = await step(50);
    expect(room.failures).to.deep.equal({});
    expect(room.done.keys).to.be.at.least(stillFull.done.keys + 50);
    expect(room.reads).to.deep.equal(allRead);
    child.stdin.end('close\n');
    expect(await exit).to.deep.equal([0, null]);
  });
});
