import { crc32c } from '@node-rs/crc32';
import { instant, type Millis } from '../../../core/clock.ts';
import type { EventId, StreamName } from '../../../core/ids.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Position } from '../../../core/position.ts';
import type { EventMetadata, NewEvent, RecordedEvent, SealedBox } from '../../../ports/event-log.ts';

/**
 * One append as it lies in a segment: a header of 56 bytes, the stream's name, the events as a JSON array. Little-endian;
 * 64-bit numbers are doubles, exact up to 2^53.
 *
 * | at | what |
 * |---|---|
 * | 0 | magic, no part of which occurs in UTF-8 text, so that a reader finds its place again behind damage |
 * | 4 | CRC32C over everything from 8 to the end |
 * | 8 | bytes of the JSON |
 * | 12, 14 | bytes of the stream's name, number of events (16 bits each) |
 * | 16 | position of the first event |
 * | 24 | last position known to be durable when this was written: tells a torn write from damage |
 * | 32 | address of the stream's frame before this one, 0 if there is none |
 * | 40 | revision of the first event |
 * | 48 | recorded at, milliseconds since the epoch |
 */
export interface Frame {
  /** Segment ordinal × 2^32 + offset in the segment. */
  readonly address: number;
  /** Bytes on the disk. */
  readonly length: number;
  readonly stream: StreamName;
  readonly position: number;
  readonly count: number;
  readonly revision: number;
  readonly previous: number;
  readonly durable: number;
  readonly recordedAt: Millis;
  /** The events as they were appended, or as JSON read from the disk, until somebody asks for them. */
  content: readonly NewEvent[] | string | undefined;
  events: readonly RecordedEvent[] | undefined;
}

export const frameHeaderBytes = 56;
export const magic = Buffer.from([0xff, 0x53, 0x4c, 0xfe]);
const magicNumber = magic.readUInt32LE(0);

interface StoredEvent {
  readonly id: EventId;
  readonly type: string;
  readonly v: number;
  readonly metadata: EventMetadata;
  readonly data: JsonObject;
  readonly box?: SealedBox;
}

const stored = ({ id, type, schemaVersion, metadata, data, box }: NewEvent): StoredEvent =>
  box === undefined
    ? { id, type, v: schemaVersion, metadata, data }
    : { id, type, v: schemaVersion, metadata, data, box };

export const encodeEvents = (events: readonly NewEvent[]): string => JSON.stringify(events.map(stored));

export const lastPosition = (frame: Frame): number => frame.position + frame.count - 1;
export const lastRevision = (frame: Frame): number => frame.revision + frame.count - 1;

const appendedIn = (content: Frame['content']): readonly NewEvent[] => {
  if (typeof content !== 'string') return content ?? [];
  const raw = JSON.parse(content) as readonly StoredEvent[];
  return raw.map(({ v, ...event }) => ({ ...event, schemaVersion: v }));
};

/** The events of a frame; made once, so that all who ask share the same objects. */
export const eventsOf = (frame: Frame): readonly RecordedEvent[] => {
  if (frame.events !== undefined) return frame.events;
  const recordedAt = instant(frame.recordedAt);
  const { stream } = frame;
  frame.events = appendedIn(frame.content).map(({ id, type, schemaVersion, metadata, data, box }, index) => {
    const revision = frame.revision + index;
    const position = BigInt(frame.position + index) as Position;
    return box === undefined
      ? { id, type, schemaVersion, metadata, data, stream, revision, position, recordedAt }
      : { id, type, schemaVersion, metadata, data, box, stream, revision, position, recordedAt };
  });
  frame.content = undefined;
  return frame.events;
};

/** Whether an event of the frame has this id; a frame whose JSON does not mention it need not be decoded. */
export const holdsId = (frame: Frame, id: string): boolean =>
  (typeof frame.content !== 'string' || frame.content.includes(JSON.stringify(id))) &&
  eventsOf(frame).some((event) => event.id === id);

/** Room that `writeBody` may need: three bytes of UTF-8 for each UTF-16 unit. */
export const roomFor = (stream: string, text: string): number =>
  frameHeaderBytes + 3 * (stream.length + text.length);

export type FrameFields = Pick<
  Frame,
  'stream' | 'position' | 'count' | 'revision' | 'previous' | 'durable' | 'recordedAt'
>;

/** Writes stream and JSON behind the place of the header; `length` is that of the whole frame. */
export const writeBody = (
  into: Buffer,
  at: number,
  stream: string,
  text: string,
): { readonly length: number; readonly textBytes: number } => {
  const streamBytes = into.write(stream, at + frameHeaderBytes, 'utf8');
  const textBytes = into.write(text, at + frameHeaderBytes + streamBytes, 'utf8');
  into.writeUInt32LE(textBytes, at + 8);
  into.writeUInt16LE(streamBytes, at + 12);
  return { length: frameHeaderBytes + streamBytes + textBytes, textBytes };
};

/** Completes what `writeBody` began. */
export const writeHeader = (into: Buffer, at: number, length: number, fields: FrameFields): void => {
  into.writeUInt32LE(magicNumber, at);
  into.writeUInt16LE(fields.count, at + 14);
  into.writeDoubleLE(fields.position, at + 16);
  into.writeDoubleLE(fields.durable, at + 24);
  into.writeDoubleLE(fields.previous, at + 32);
  into.writeDoubleLE(fields.revision, at + 40);
  into.writeDoubleLE(fields.recordedAt, at + 48);
  into.writeUInt32LE(crc32c(into.subarray(at + 8, at + length)), at + 4);
};

export type FrameCheck =
  | { readonly is: 'whole'; readonly length: number }
  | { readonly is: 'short' }
  | { readonly is: 'damaged'; readonly why: string };

const short: FrameCheck = { is: 'short' };

/** Whether a frame stands in `bytes` at `at`: whole, cut off by the end of `bytes`, or damaged. */
export const checkFrame = (bytes: Buffer, at: number, end: number): FrameCheck => {
  if (end - at < frameHeaderBytes) return short;
  if (bytes.readUInt32LE(at) !== magicNumber) return { is: 'damaged', why: 'no record begins here' };
  const length = frameHeaderBytes + bytes.readUInt32LE(at + 8) + bytes.readUInt16LE(at + 12);
  if (at + length > end) return short;
  const fits = crc32c(bytes.subarray(at + 8, at + length)) === bytes.readUInt32LE(at + 4);
  return fits ? { is: 'whole', length } : { is: 'damaged', why: 'the checksum does not fit' };
};

/** The length that the header claims, without any check. */
export const claimedLength = (bytes: Buffer, at: number): number =>
  frameHeaderBytes + bytes.readUInt32LE(at + 8) + bytes.readUInt16LE(at + 12);

/** Decodes a frame that `checkFrame` found whole; `withText` false leaves the events where they are. */
export const readFrame = (
  bytes: Buffer,
  at: number,
  length: number,
  address: number,
  withText: boolean,
): Frame => {
  const bodyAt = at + frameHeaderBytes + bytes.readUInt16LE(at + 12);
  return {
    address,
    length,
    stream: bytes.toString('utf8', at + frameHeaderBytes, bodyAt) as StreamName,
    position: bytes.readDoubleLE(at + 16),
    count: bytes.readUInt16LE(at + 14),
    revision: bytes.readDoubleLE(at + 40),
    previous: bytes.readDoubleLE(at + 32),
    durable: bytes.readDoubleLE(at + 24),
    recordedAt: bytes.readDoubleLE(at + 48),
    content: withText ? bytes.toString('utf8', bodyAt, at + length) : undefined,
    events: undefined,
  };
};
