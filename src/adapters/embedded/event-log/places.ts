import { checkFrame, frameHeaderBytes, magic, readFrame } from './frame.ts';
import type { Cursor } from './frame-reader.ts';
import { segmentHeaderBytes } from './segment-header.ts';
import { addressOf, type Segment, type Segments } from './segments.ts';

/** Where reading goes on, by the position to read next; enough for many followers at once. */
const maxRemembered = 256;
/** Closer than this to the place it is quicker to read on than to halve again, bytes. */
const nearBytes = 128 * 1024;
const windowBytes = 32 * 1024;
/** A window of this size holds a whole frame wherever it begins. */
const maxWindowBytes = 1280 * 1024;

/** Finds the frame of a position: remembered from the page before it, else by halving, so that no index is needed. */
export class Places {
  readonly #segments: Segments;
  readonly #remembered = new Map<number, Cursor>();

  constructor(segments: Segments) {
    this.#segments = segments;
  }

  remember(position: number, cursor: Cursor): void {
    this.#remembered.set(position, cursor);
    if (this.#remembered.size <= maxRemembered) return;
    for (const oldest of this.#remembered.keys()) {
      this.#remembered.delete(oldest);
      return;
    }
  }

  /** At or some frames before the one that holds `position`. */
  async find(position: number): Promise<Cursor> {
    const remembered = this.#remembered.get(position);
    if (remembered !== undefined) return remembered;
    const segment = this.#segments.holding(position);
    if (segment === undefined) return { address: addressOf(1, segmentHeaderBytes), position: 1 };
    let low: Cursor = { address: addressOf(segment.ordinal, segmentHeaderBytes), position: segment.first };
    let lowOffset = segmentHeaderBytes;
    let high = segment.end;
    while (high - lowOffset > nearBytes) {
      const middle = Math.floor((lowOffset + high) / 2);
      const found = await this.#frameBehind(segment, middle, high);
      if (found === undefined || found.position > position) high = middle;
      else {
        low = { address: addressOf(segment.ordinal, found.offset), position: found.position };
        lowOffset = found.offset;
      }
    }
    return low;
  }

  /** The first whole frame that begins between the offsets. */
  async #frameBehind(
    segment: Segment,
    from: number,
    to: number,
  ): Promise<{ offset: number; position: number } | undefined> {
    for (let size = windowBytes; ; size = maxWindowBytes) {
      const bytes = Buffer.allocUnsafe(Math.min(size, segment.end - from));
      const end = await this.#segments.read(segment, bytes, from);
      for (
        let at = bytes.indexOf(magic);
        at !== -1 && at + frameHeaderBytes <= end;
        at = bytes.indexOf(magic, at + 1)
      ) {
        if (from + at >= to) return undefined;
        const check = checkFrame(bytes, at, end);
        if (check.is !== 'whole') continue;
        return { offset: from + at, position: readFrame(bytes, at, check.length, 0, false).position };
      }
      if (size === maxWindowBytes) return undefined;
    }
  }
}
