import { fork } from 'node:child_process';
import { renameSync, rmSync } from 'node:fs';
import { dirname, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Millis } from '../../../core/clock.ts';
import { syncPath } from './store-state.ts';

export interface DamagedFile {
  readonly path: string;
  readonly reason: string;
}

/** What the child says of one file; `damage` is absent when it is sound. */
export interface Finding {
  readonly path: string;
  readonly damage?: string;
}

/** The child's sign that it goes on; without one for so long it is taken to hang. */
export const stillReading = 'still reading';
const patience: Millis = 20_000;

const checker = fileURLToPath(new URL(`./check-environments${extname(import.meta.url)}`, import.meta.url));

/** Where the checker leaves a copy of what it read. */
export const checkedCopy = (path: string): string => `${path}.checked`;

/**
 * Checks environments in a child process, because a truncated LMDB file kills whoever reads it (SIGBUS). A file at which the
 * child dies is damaged; another child goes on behind it. A sound file is replaced by its copy: its list of free pages
 * cannot be checked, and a damaged one kills whoever writes.
 */
export const findDamage = async (paths: readonly string[]): Promise<readonly DamagedFile[]> => {
  const damaged: DamagedFile[] = [];
  for (let waiting = paths; waiting.length > 0;) {
    const { findings, ending } = await runChecker(waiting);
    for (const { path, damage } of findings) {
      if (damage === undefined) replaceByCopy(path);
      else {
        damaged.push({ path, reason: damage });
        removeCopy(path);
      }
    }
    const [died, ...rest] = waiting.slice(findings.length);
    if (died !== undefined) {
      damaged.push({ path: died, reason: `reading it ended the checking process (${ending}).` });
      removeCopy(died);
    }
    waiting = rest;
  }
  return damaged;
};

const removeCopy = (path: string): void => {
  for (const suffix of ['', '-lock']) rmSync(checkedCopy(path) + suffix, { force: true });
};

const replaceByCopy = (path: string): void => {
  syncPath(checkedCopy(path));
  for (const leftover of [`${path}-lock`, `${checkedCopy(path)}-lock`]) rmSync(leftover, { force: true });
  renameSync(checkedCopy(path), path);
  syncPath(dirname(path));
};

const runChecker = (
  paths: readonly string[],
): Promise<{ readonly findings: readonly Finding[]; readonly ending: string }> =>
  new Promise((resolve, reject) => {
    const findings: Finding[] = [];
    const child = fork(checker, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    const watchdog = setTimeout(() => child.kill('SIGKILL'), patience);
    child.on('message', (message: Finding | typeof stillReading) => {
      watchdog.refresh();
      if (message !== stillReading) findings.push(message);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(watchdog);
      resolve({ findings, ending: signal ?? `exit code ${code}` });
    });
    for (const path of paths) removeCopy(path);
    child.send(paths);
  });
