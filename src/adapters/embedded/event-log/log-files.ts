import {
  closeSync,
  fdatasync,
  fstatSync,
  fsyncSync,
  ftruncate,
  openSync,
  read,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';

/** One open file. Offsets and sizes are bytes. */
export interface LogFile {
  /** Writes all of `bytes` at `offset` or rejects; how much was written then is unknown. */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  writeNow(bytes: Uint8Array, offset: number): void;
  /** `fdatasync`: what was written, and the size, is on the disk when it resolves. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  /** How many bytes were read; less than asked only at the end of the file. */
  read(into: Uint8Array, offset: number): Promise<number>;
  readNow(into: Uint8Array, offset: number): number;
  size(): number;
  close(): void;
}

/** Everything the log asks of the file system; injected so that tests can script its faults. */
export interface LogFiles {
  makeDirectory(path: string): void;
  list(directory: string): readonly string[];
  /** `undefined` when there is no such file. */
  readText(path: string): string | undefined;
  open(path: string, how: 'read' | 'write' | 'create'): LogFile;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Makes creations, renames and removals in `directory` durable. */
  syncDirectory(directory: string): void;
}

const writeAt = promisify(write);
const readAt = promisify(read);
const syncData = promisify(fdatasync);
const truncateTo = promisify(ftruncate);

const nodeFile = (descriptor: number): LogFile => ({
  write: async (bytes, offset) => {
    for (let done = 0; done < bytes.length;) {
      done += (await writeAt(descriptor, bytes, done, bytes.length - done, offset + done)).bytesWritten;
    }
  },
  writeNow: (bytes, offset) => {
    for (let done = 0; done < bytes.length;) {
      done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
    }
  },
  sync: () => syncData(descriptor),
  truncate: (size) => truncateTo(descriptor, size),
  read: async (into, offset) => (await readAt(descriptor, into, 0, into.length, offset)).bytesRead,
  readNow: (into, offset) => readSync(descriptor, into, 0, into.length, offset),
  size: () => fstatSync(descriptor).size,
  close: () => closeSync(descriptor),
});

const flags = { read: 'r', write: 'r+', create: 'wx+' } as const;

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

export const nodeFiles: LogFiles = {
  makeDirectory: (path) => void mkdirSync(path, { recursive: true }),
  list: (directory) => readdirSync(directory).sort(),
  readText: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },
  open: (path, how) => nodeFile(openSync(path, flags[how], 0o600)),
  rename: (from, to) => renameSync(from, to),
  remove: (path) => rmSync(path, { force: true }),
  syncDirectory: (directory) => {
    const descriptor = openSync(directory, 'r');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
};
