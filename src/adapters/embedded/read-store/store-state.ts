import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Generations } from '../../../ports/read-store.ts';
import { sealedJson, unsealJson } from './checked-bytes.ts';

/** How an environment's file was left by a clean close; anything else found later is suspicious. */
export interface LeftFile {
  readonly size: number;
  readonly mtimeMs: number;
}

/** The small file beside the environments: which generations there are, of which log, and how the last owner went. */
export interface StoreState {
  readonly logId?: string;
  readonly generations: Readonly<Record<string, Generations>>;
  /** The machine's run in which the store was opened: a kill leaves the page cache whole, a power cut does not. */
  readonly boot: string;
  /** Absent while the store is open. */
  readonly left?: Readonly<Record<string, LeftFile>>;
}

const name = 'store.json';

/** `'damaged'` when the file cannot be trusted. */
export const readState = (directory: string): StoreState | 'damaged' | undefined => {
  const path = join(directory, name);
  if (!existsSync(path)) return undefined;
  try {
    return unsealJson(name, readFileSync(path)) as StoreState;
  } catch {
    return 'damaged';
  }
};

export const writeState = (directory: string, state: StoreState): void => {
  const path = join(directory, name);
  const file = openSync(`${path}.tmp`, 'w', 0o600);
  try {
    writeSync(file, sealedJson(name, state));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(`${path}.tmp`, path);
  syncPath(dirname(path));
};

/** Makes a file's bytes, or a directory's names, durable. */
export const syncPath = (path: string): void => {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

/** Where there is no such file, each start counts as another run of the machine. */
export const currentBoot = (fallback: string): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return fallback;
  }
};
