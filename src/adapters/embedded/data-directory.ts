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

/** Its message names the variable, its value and what is allowed (SPEC 13). */
export class DataDirectoryUnusable extends Error {
  override readonly name = 'DataDirectoryUnusable';
  constructor(directory: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(`DATA_DIR is "${directory}", but must be a directory that can be written to: ${reason}.`, {
      cause,
    });
  }
}

const openLock = (path: string): number => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return openSync(join(path, 'lock'), 'a+', 0o600);
  } catch (error) {
    throw new DataDirectoryUnusable(path, error);
  }
};

export interface DataDirectory {
  readonly path: string;
  /** Lets another process in. */
  release(): void;
}

/**
 * Makes `path` if it is missing and takes it for this process alone. The lock lasts until `release` or the end of the
 * process, however that comes; the file stays and means nothing by itself.
 * @throws DataDirectoryHeld, DataDirectoryUnusable
 */
export const holdDataDirectory = (path: string): DataDirectory => {
  const descriptor = openLock(path);
  if (!tryLock(descriptor)) {
    closeSync(descriptor);
    const pid = Number.parseInt(readFileSync(join(path, 'lock'), 'utf8'), 10);
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
