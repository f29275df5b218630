import { LogDamaged } from '../../../ports/event-log.ts';
import { checkFrame, lastPosition, magic, readFrame, type Frame } from './frame.ts';
import type { Cursor, FrameReader } from './frame-reader.ts';
import { offsetOf, ordinalOf, type Segment, type Segments } from './segments.ts';

export interface RecoveryOptions {
  readonly segments: Segments;
  readonly reader: FrameReader;
  /** Where to begin; everything before is known to be sound or is checked when it is read. */
  readonly from: Cursor;
  /** The last position that is known to have been acknowledged. */
  readonly acknowledged: number;
  /** Whole frames, in order; `next` is behind them. */
  readonly onFrames: (frames: readonly Frame[], next: Cursor) => Promise<void>;
  readonly onNotice: (message: string) => void;
}

/**
 * Reads the end of the log and answers where it ends. What a crash left of a last group is cut off; it was never
 * acknowledged. Anything else that does not fit is damage.
 * @throws LogDamaged
 */
export const recover = async (options: RecoveryOptions): Promise<Cursor> => {
  const { segments, reader, onFrames } = options;
  let { from: cursor } = options;
  let known = Math.max(options.acknowledged, cursor.position - 1);
  let unproven: Cursor = cursor;
  for (;;) {
    const page = await reader.page(cursor, { maxEvents: Infinity, withText: false });
    for (const { durable } of page.frames) known = Math.max(known, durable);
    await onFrames(page.frames, page.next);
    cursor = page.next;
    unproven = firstAfter(known, unproven, page.frames);
    if (page.problem !== undefined) {
      await cutTornTail(options, cursor, known, page.problem);
      break;
    }
    if (page.frames.length === 0) break;
  }
  if (cursor.position <= known) {
    const why = `the log ends here, but position ${known} had been acknowledged`;
    throw segments.count === 0
      ? new LogDamaged(`The log is damaged: no segment is left; ${why}.`)
      : reader.damage(cursor, why);
  }
  await syncTail(segments, unproven);
  return cursor;
};

/** The first frame that nobody has called durable yet. */
const firstAfter = (known: number, before: Cursor, frames: readonly Frame[]): Cursor => {
  if (before.position > known) return before;
  const frame = frames.find(({ position }) => position > known);
  if (frame !== undefined) return { address: frame.address, position: frame.position };
  const last = frames.at(-1);
  return last === undefined
    ? before
    : { address: last.address + last.length, position: lastPosition(last) + 1 };
};

const cutTornTail = async (
  options: RecoveryOptions,
  at: Cursor,
  known: number,
  problem: string,
): Promise<void> => {
  const { segments, reader, onNotice } = options;
  const segment = segments.at(ordinalOf(at.address))!;
  const offset = offsetOf(at.address);
  if (segment !== segments.last || at.position <= known) throw reader.damage(at, problem);
  const behind = await acknowledgedBehind(segments, segment, offset);
  if (behind >= at.position) throw reader.damage(at, `${problem}, and records of later appends follow`);
  const lost = segment.end - offset;
  const file = segments.writer(segment);
  try {
    await file.truncate(offset);
    await file.sync();
  } finally {
    file.close();
  }
  segment.end = offset;
  onNotice(
    `The last write to the log was cut short: ${lost} bytes behind position ${at.position - 1} in segment ${segment.name} ` +
      `(offset ${offset}) were cut off. They had not been acknowledged.`,
  );
};

/** The last position that a whole frame anywhere behind `offset` calls durable, 0 if there is no such frame. */
const acknowledgedBehind = async (segments: Segments, segment: Segment, offset: number): Promise<number> => {
  const bytes = Buffer.allocUnsafeSlow(segment.end - offset);
  const end = await segments.read(segment, bytes, offset);
  let durable = 0;
  for (let at = bytes.indexOf(magic, 1); at !== -1 && at < end; at = bytes.indexOf(magic, at + 1)) {
    const check = checkFrame(bytes, at, end);
    if (check.is === 'whole')
      durable = Math.max(durable, readFrame(bytes, at, check.length, 0, false).durable);
  }
  return durable;
};

/**
 * Makes durable what was written but perhaps never synced, before anybody reads it. It is written again, because after
 * a failed sync the kernel may hold pages as clean that never reached the disk.
 */
const syncTail = async (segments: Segments, from: Cursor): Promise<void> => {
  const segment = segments.at(ordinalOf(from.address));
  if (segment === undefined) return;
  const offset = offsetOf(from.address);
  const bytes = Buffer.allocUnsafeSlow(Math.max(0, segment.end - offset));
  if (bytes.length === 0) return;
  await segments.read(segment, bytes, offset);
  const file = segments.writer(segment);
  try {
    await file.write(bytes, offset);
    await file.sync();
  } finally {
    file.close();
  }
};
