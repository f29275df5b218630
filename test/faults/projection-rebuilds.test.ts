import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { projections } from '../../src/projections/all.ts';
import { ProjectionRefused } from '../../src/projections/generations.ts';
import { startSupervisor, type Supervisor } from '../../src/projections/supervise.ts';
import type { Comparison } from '../../src/projections/verify.ts';
import { seeded } from '../projections/history.ts';
import { everyProjection, logId, openWorld } from '../projections/world.ts';

const child = fileURLToPath(new URL('./projection-rebuild-child.ts', import.meta.url));
const cycles = 4;

/** What the last kill interrupted is being rebuilt, and only one such thing goes on at a time. */
const verifyWhenFree = async (
  supervisor: Pick<Supervisor<typeof projections>, 'verify'>,
  name: string,
): Promise<Comparison> => {
  for (;;) {
    try {
      return await supervisor.verify(name);
    } catch (error) {
      if (!(error instanceof ProjectionRefused)) throw error;
      await delay(10);
    }
  }
};

describe('rebuilds under load in a process that is killed at random', function () {
  this.timeout(120_000);
  let directory: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storyline-'));
  });
  after(() => rm(directory, { recursive: true }));

  /** Answers what the process said before it was killed. */
  const runAndKill = async (seed: number, after: number): Promise<string> => {
    const running = spawn(process.execPath, ['--import=tsx', child, directory, String(seed)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    let complained = '';
    running.stderr.on('data', (chunk: Buffer) => (complained += chunk.toString()));
    const ended = new Promise<NodeJS.Signals | null>((resolve) => {
      running.on('exit', (_code, signal) => resolve(signal));
    });
    const ready = new Promise<void>((resolve) => {
      running.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('ready')) resolve();
      });
    });
    await Promise.race([ready, ended]);
    await delay(after);
    running.kill('SIGKILL');
    expect(await ended, complained).to.equal('SIGKILL');
    return said;
  };

  it('leave read models that equal a rebuild from scratch', async () => {
    const random = seeded(Number(process.env['SEED'] ?? 4711));
    let said = '';
    for (let cycle = 1; cycle <= cycles; cycle += 1) said += await runAndKill(cycle, 20 + random() * 500);
    expect(said.split('\n').filter((line) => /^\w+ \d+$/.test(line)).length).to.be.greaterThan(3);

    const world = await openWorld({ directory });
    const supervisor = await startSupervisor(world, { projections, logId });
    try {
      await supervisor.caughtUp();
      for (const { name } of everyProjection) {
        const verified = await verifyWhenFree(supervisor, name);
        expect(verified, name).to.include({ equal: true });
        expect(verified.live.rows).to.be.greaterThan(10);
      }
      expect(await supervisor.deadDocuments()).to.deep.equal([]);
    } finally {
      await supervisor.stop();
      await world.close();
    }
  });
});
