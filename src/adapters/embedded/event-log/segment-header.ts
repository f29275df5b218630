import { crc32c } from '@node-rs/crc32';
import type { LogFiles } from './log-files.ts';

export const segmentHeaderBytes = 64;
const segmentMagic = 'STORYLOG';
const formatVersion = 1;

/** `previousEnd` is where the segment before ended: whether that is whole shows without reading it. */
export const encodeHeader = (log: Buffer, ordinal: number, first: number, previousEnd: number): Buffer => {
  const bytes = Buffer.alloc(segmentHeaderBytes);
  bytes.write(segmentMagic, 0, 'latin1');
  bytes.writeUInt32LE(formatVersion, 8);
  bytes.writeDoubleLE(ordinal, 16);
  bytes.writeDoubleLE(first, 24);
  bytes.writeDoubleLE(previousEnd, 32);
  log.copy(bytes, 40);
  bytes.writeUInt32LE(crc32c(bytes.subarray(16)), 12);
  return bytes;
};

/** What a crash leaves of a segment that was about to begin. */
export const unfinished = 'its header is not whole';

export interface SegmentHeader {
  readonly ordinal: number;
  readonly first: number;
  readonly previousEnd: number;
  readonly log: Buffer;
}

const decodeHeader = (bytes: Buffer): SegmentHeader | string => {
  if (bytes.toString('latin1', 0, 8) !== segmentMagic) return 'it does not begin as a segment of a log';
  if (bytes.readUInt32LE(12) !== crc32c(bytes.subarray(16))) return 'the checksum of its header does not fit';
  const version = bytes.readUInt32LE(8);
  if (version !== formatVersion)
    return `it has format ${version}, this program reads format ${formatVersion}`;
  return {
    ordinal: bytes.readDoubleLE(16),
    first: bytes.readDoubleLE(24),
    previousEnd: bytes.readDoubleLE(32),
    log: bytes.subarray(40, 56),
  };
};

/** The header, or why there is none, and the size of the file. */
export const readHeader = (
  files: LogFiles,
  path: string,
): { readonly header: SegmentHeader | string; readonly size: number } => {
  const file = files.open(path, 'read');
  try {
    const bytes = Buffer.alloc(segmentHeaderBytes);
    const size = file.size();
    const got = file.readNow(bytes, 0);
    const header = got < segmentHeaderBytes ? unfinished : decodeHeader(bytes);
    return { header: typeof header === 'string' && size <= segmentHeaderBytes ? unfinished : header, size };
  } finally {
    file.close();
  }
};
