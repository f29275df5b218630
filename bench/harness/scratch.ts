import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { benchDirectory } from './settings.ts';

/**
 * Runs `work` with a new directory on the disk that the checkout is on (the system's temporary one may be memory, where a
 * sync costs nothing) and removes it afterwards.
 */
export const withScratch = async <T>(work: (directory: string) => Promise<T>): Promise<T> => {
  const parent = join(benchDirectory, 'scratch');
  mkdirSync(parent, { recursive: true });
  const directory = mkdtempSync(join(parent, 'run-'));
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
