import { createHmac } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { MasterKey } from '../../../ports/subject-keys.ts';
import { masterMark, slotBytes, SubjectKeysDamaged } from './slot.ts';

const fileName = 'subjects.keys';
/** The first slot's place: what the file is, and by which master key. */
const magic = Buffer.from('storyline-keys-1');

export interface KeyFile {
  readonly path: string;
  readonly descriptor: number;
}

/** Opens the file of fixed slots, or makes one, and sees that the master key is the right one. */
export const openKeyFile = (directory: string, masters: readonly MasterKey[]): KeyFile => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, fileName);
  finishRewrap(path);
  if (!existsSync(path)) createKeyFile(path, masters[0]!);
  const descriptor = openSync(path, 'r+');
  try {
    checkHeader(path, descriptor, masters);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return { path, descriptor };
};

const createKeyFile = (path: string, master: MasterKey): void => {
  const descriptor = startKeyFile(nextPath(path), master);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(nextPath(path), path);
  syncDirectory(path);
};

/** A new file with nothing but its header, which the caller fills, syncs and closes. */
export const startKeyFile = (path: string, master: MasterKey): number => {
  const descriptor = openSync(path, 'w+', 0o600);
  const header = Buffer.alloc(slotBytes);
  magic.copy(header);
  masterMark(master.id).copy(header, 16);
  checkValue(master).copy(header, 32);
  writeAll(descriptor, header, 0);
  return descriptor;
};

const checkValue = (master: MasterKey): Buffer => createHmac('sha256', master.key).update(magic).digest();

const checkHeader = (path: string, descriptor: number, masters: readonly MasterKey[]): void => {
  const header = readAt(descriptor, 0, slotBytes);
  if (header.length < slotBytes || !header.subarray(0, 16).equals(magic)) {
    throw new SubjectKeysDamaged(`${path} is no key file. Restore it from a back-up.`);
  }
  const master = masters.find(({ id }) => masterMark(id).equals(header.subarray(16, 24)));
  if (master === undefined || !checkValue(master).equals(header.subarray(32, 64))) throw wrongMaster(path);
};

export const wrongMaster = (path: string): Error =>
  new Error(`MASTER_KEY is not the key that ${path} was written with. Set the one that was used before.`);

/** For `rewrap`: the file beside which becomes the key file by `replaceKeyFile`. */
export const nextPath = (path: string): string => `${path}.next`;
const oldPath = (path: string): string => `${path}.old`;

/** The old file keeps a name until it is overwritten, so that a crash in between cannot leave its keys on the disk. */
export const replaceKeyFile = (path: string): void => {
  linkSync(path, oldPath(path));
  syncDirectory(path);
  renameSync(nextPath(path), path);
  syncDirectory(path);
  destroyFile(oldPath(path));
};

/** When a rewrap could not be finished. */
export const discardNext = (path: string): void => {
  destroyFile(nextPath(path));
};

/** After a crash within a rewrap: whichever file has the name is whole; the other one goes. */
const finishRewrap = (path: string): void => {
  if (existsSync(nextPath(path))) discardNext(path);
  if (!existsSync(oldPath(path))) return;
  if (statSync(oldPath(path)).ino === statSync(path).ino) rmSync(oldPath(path));
  else destroyFile(oldPath(path));
};

/** Zeros over all bytes, synced, then gone. */
const destroyFile = (path: string): void => {
  const descriptor = openSync(path, 'r+');
  try {
    const { size } = fstatSync(descriptor);
    const zeros = Buffer.alloc(64 * 1024);
    for (let at = 0; at < size; at += zeros.length) {
      writeAll(descriptor, zeros.subarray(0, Math.min(zeros.length, size - at)), at);
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  unlinkSync(path);
  syncDirectory(path);
};

export const writeAll = (descriptor: number, bytes: Buffer, position: number): void => {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, position + done);
  }
};

/** Fewer bytes only at the end of the file. */
export const readAt = (descriptor: number, position: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  let done = 0;
  for (let got = 1; got > 0 && done < length; done += got) {
    got = readSync(descriptor, bytes, done, length - done, position + done);
  }
  return bytes.subarray(0, done);
};

const syncDirectory = (path: string): void => {
  const descriptor = openSync(join(path, '..'), 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
};
