import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Bench, Goal } from '../harness/goal.ts';
import { onCore, serverCore } from '../harness/pinning.ts';
import { withScratch } from '../harness/scratch.ts';
import { seededDirectory } from '../harness/seeded.ts';
import { benchDirectory } from '../harness/settings.ts';
import { median, spread } from '../harness/statistics.ts';

const program = join(benchDirectory, 'dist', 'src', 'main.js');

/** The address that the program says it listens on. */
const addressOf = async (child: ChildProcess): Promise<string> => {
  for await (const line of createInterface({ input: child.stdout! })) {
    const { url } = JSON.parse(line) as { readonly url?: string };
    if (url !== undefined) return url;
  }
  throw new Error('The program ended before it listened.');
};

const longestMillis = 120_000;

const untilReady = async (url: string): Promise<void> => {
  const givenUpAt = performance.now() + longestMillis;
  for (;;) {
    const answer = await fetch(`${url}/ready`);
    const text = await answer.text();
    if (answer.status === 200) return;
    if (performance.now() > givenUpAt) throw new Error(`The program does not get ready: ${text}`);
  }
};

/** Seconds from starting the process until `/ready` answers 200. */
const startOnce = async (directory: string): Promise<number> => {
  const { execPath, execArgv } = onCore(serverCore);
  const began = performance.now();
  const child = spawn(execPath, [...execArgv, program], {
    env: {
      ...process.env,
      PORT: '0',
      DATA_DIR: join(directory, 'data'),
      APP_LOG: join(directory, 'app.log'),
      LOG_LEVEL: 'info',
    },
    cwd: directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const url = await addressOf(child);
  await untilReady(url);
  const seconds = (performance.now() - began) / 1000;
  child.stdout.resume();
  child.kill('SIGTERM');
  await ended;
  return seconds;
};

const run = async ({ settings, say }: Bench) => {
  const full = await seededDirectory('mixed', settings.events, say);
  return withScratch(async (empty) => {
    for (const directory of [empty, full]) await startOnce(directory);
    const empties: number[] = [];
    const fulls: number[] = [];
    for (let round = 0; round < settings.rounds; round += 1) {
      empties.push(await startOnce(empty));
      fulls.push(await startOnce(full));
    }
    return {
      measures: [],
      figures: [
        {
          goal: 16,
          what: 'start with 1M events and valid checkpoints until /ready, longer than when empty',
          against: `start when empty (${median(empties).toFixed(2)} s)`,
          must: { atMost: 1 },
          aim: { atMost: 0.3 },
          measured: spread(fulls.map((seconds, round) => seconds - empties[round]!)),
          unit: 's' as const,
          spread: 'min–max of rounds' as const,
          note: `Seconds until ready: empty ${empties.map((value) => value.toFixed(2)).join(', ')}; full ${fulls.map((value) => value.toFixed(2)).join(', ')}.`,
        },
      ],
    };
  });
};

export const start: Goal = {
  name: 'start',
  number: 16,
  method:
    '`node dist/src/main.js` on an empty directory and on the history of goal 10, in turn, each stopped gracefully before; the ' +
    'time is from starting the process until `GET /ready` answers 200.',
  run,
};
