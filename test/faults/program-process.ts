import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The built program as its own process, as `npm start` runs it. */
export interface ProgramProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Everything it has printed. */
  readonly output: () => string;
  /** Ends it with a signal; answers the exit code (`null` when the signal ended it) and how long that took (ms). */
  end(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly took: number }>;
}

const main = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));

/** Resolves when it listens. @throws Error with its output when it does not come up. */
export const startProcess = async (
  directory: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<ProgramProcess> => {
  const child = spawn(process.execPath, [main], {
    cwd: directory,
    env: { PATH: process.env['PATH'], RATE_LIMITS: 'off', PORT: '0', ...coverage(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const url = await new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString('utf8');
      const found = /"url":"([^"]+)"/.exec(output)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', (code) => reject(new Error(`It ended with ${code} before it listened:\n${output}`)));
  });
  return {
    url,
    child,
    output: () => output,
    end: async (signal) => {
      const began = performance.now();
      const exited = once(child, 'exit') as Promise<[number | null]>;
      child.kill(signal);
      const [code] = await exited;
      return { code, took: performance.now() - began };
    },
  };
};

const coverage = (): Record<string, string> => {
  const directory = process.env['NODE_V8_COVERAGE'];
  return directory === undefined ? {} : { NODE_V8_COVERAGE: directory };
};
