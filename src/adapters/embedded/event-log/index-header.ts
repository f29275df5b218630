import { crc32c } from '@node-rs/crc32';
import type { Cursor } from './frame-reader.ts';
import { pageBytes } from './index-page.ts';
import type { LogFiles } from './log-files.ts';

export interface IndexState {
  readonly pages: number;
  readonly entries: number;
  /** Everything before this is in the index. */
  readonly covered: Cursor;
}

export interface IndexFile {
  readonly files: LogFiles;
  readonly path: string;
  /** The log that it belongs to. */
  readonly log: Buffer;
  /** Changes with each start of the machine; an index that was not closed is trusted only within one. */
  readonly bootId: string;
}

const magic = 'STORYIDX';
const formatVersion = 1;

export const encodeHeader = ({ log, bootId }: IndexFile, state: IndexState, closed: boolean): Buffer => {
  const bytes = Buffer.alloc(pageBytes);
  bytes.write(magic, 0, 'latin1');
  bytes.writeUInt32LE(formatVersion, 12);
  bytes.writeDoubleLE(state.pages, 16);
  bytes.writeDoubleLE(state.covered.address, 32);
  bytes.writeDoubleLE(state.covered.position, 40);
  log.copy(bytes, 48);
  bytes.writeUInt8(closed ? 1 : 0, 64);
  bytes.write(bootId.slice(0, 64), 65, 'latin1');
  bytes.writeUInt32LE(crc32c(bytes.subarray(12)), 8);
  return bytes;
};

/** The state, or why the file cannot be used. */
export const decodeHeader = (
  bytes: Buffer,
  size: number,
  { log, bootId }: IndexFile,
): IndexState | string => {
  if (bytes.toString('latin1', 0, 8) !== magic) return 'it is no index';
  if (bytes.readUInt32LE(8) !== crc32c(bytes.subarray(12))) return 'the checksum of its header does not fit';
  if (bytes.readUInt32LE(12) !== formatVersion) return 'it has another format';
  if (!bytes.subarray(48, 64).equals(log)) return 'it belongs to another log';
  const pages = bytes.readDoubleLE(16);
  if (size !== (pages + 1) * pageBytes) return 'it is cut off';
  const sameBoot = bootId !== '' && bytes.toString('latin1', 65, 65 + bootId.length) === bootId;
  if (bytes.readUInt8(64) !== 1 && !sameBoot) return 'it was in use when the machine stopped';
  const covered = { address: bytes.readDoubleLE(32), position: bytes.readDoubleLE(40) };
  return { pages, entries: 0, covered };
};
