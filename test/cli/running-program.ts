import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

const environment = (more: Readonly<Record<string, string>>): NodeJS.ProcessEnv => ({
  ...process.env,
  NO_COLOR: '1',
  ...more,
});

const startNode = (
  script: string,
  args: readonly string[],
  more: Readonly<Record<string, string>>,
): ChildProcess =>
  spawn(process.execPath, ['--import=tsx', join(root, script), ...args], {
    cwd: root,
    env: environment(more),
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Starts the command line; `said` resolves when it has ended. */
export const startStoryline = (
  ...args: readonly string[]
): { readonly child: ChildProcess; readonly said: Promise<Said> } => {
  const child = startNode('src/cli/main.ts', args, {});
  const texts = { out: '', err: '' };
  child.stdout?.on('data', (chunk: Buffer) => (texts.out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (texts.err += chunk.toString()));
  const said = once(child, 'close').then(([code]) => ({ code: code as number | null, ...texts }));
  return { child, said };
};

export const storyline = async (...args: readonly string[]): Promise<Said> => startStoryline(...args).said;

export interface RunningProgram {
  readonly url: string;
  readonly dataDir: string;
  stop(): Promise<void>;
}

/** The real program, on any free port. It is stopped as an operator stops it. */
export const startProgram = async (
  dataDir: string,
  more: Readonly<Record<string, string>> = {},
): Promise<RunningProgram> => {
  const child = startNode('src/main.ts', [], {
    DATA_DIR: dataDir,
    APP_LOG: join(dataDir, 'app.log'),
    PORT: '0',
    LOG_LEVEL: 'info',
    ...more,
  });
  let complaints = '';
  child.stderr?.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const exited = once(child, 'exit');
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const said = JSON.parse(line) as { readonly url?: string };
      if (said.url !== undefined) resolve(said.url);
    });
    void exited.then(() => reject(new Error(`The program did not start: ${complaints}`)));
  });
  return {
    url,
    dataDir,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
};

export const makePlace = async (): Promise<string> => mkdtemp(join(tmpdir(), 'storyline-'));

export const removePlace = async (place: string): Promise<void> =>
  rm(place, { recursive: true, force: true });
