import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { tryLock, unlock } from 'fs-native-extensions';

/** Another process owns the data directory; its message says which and what to do. */
export class DataDirectoryHeld extends Error {
  override readonly name = 'DataDirectoryHeld';
  /** The process that holds it, if that could be told. */
  readonly pid: number | undefined;
  constructor(directory: string, pid: number | undefined) {
    const who = pid === undefined ? 'another process' : `process ${pid}`;
    super(
      `The data directory ${directory} is in use by ${who}. Stop it first, or set DATA_DIR to another directory.`,
    );
    this.pid = pid;
  }
}

export interface DataDirectory {
  readonly path: string;
  /** Lets another process in. */
  release(): void;
}

/**
 * Makes `path` if it is missing and takes it for this process alone. The lock lasts until `release` or the end of the
 * process, however that comes; the file stays and means nothing by itself.
 * @throws DataDirectoryHeld
 */
export const holdDataDirectory = (path: string): DataDirectory => {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const lock = join(path, 'lock');
  const descriptor = openSync(lock, 'a+', 0o600);
  if (!tryLock(descriptor)) {
    closeSync(descriptor);
    const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
    throw new DataDirectoryHeld(path, Number.isNaN(pid) ? undefined : pid);
  }
  ftruncateSync(descriptor, 0);
  writeSync(descriptor, `${process.pid}\n`);
  return {
    path,
    release: () => {
      unlock(descriptor);
      closeSync(descriptor);
    },
  };
};
