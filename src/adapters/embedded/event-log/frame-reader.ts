import type { LogDamaged } from '../../../ports/event-log.ts';
import { checkFrame, claimedLength, frameHeaderBytes, lastPosition, readFrame, type Frame } from './frame.ts';
import { segmentHeaderBytes } from './segment-header.ts';
import { addressOf, damaged, offsetOf, ordinalOf, type Segment, type Segments } from './segments.ts';

/** The place of a frame and the position of its first event. */
export interface Cursor {
  readonly address: number;
  readonly position: number;
}

export interface Page {
  readonly frames: readonly Frame[];
  /** Behind the last frame of the page. */
  readonly next: Cursor;
  /** Why there is no whole frame at `next` although the segment goes on. */
  readonly problem?: string;
}

export interface PageOptions {
  readonly maxEvents: number;
  readonly withText: boolean;
}

const chunkBytes = 512 * 1024;
/** Far above what `append` lets in; a length beyond it is damage. */
const maxFrameBytes = 4 * 1024 * 1024;
const spareBuffers = 2;

/** Reads frames one after another, a chunk at a time. */
export class FrameReader {
  readonly #segments: Segments;
  readonly #spare: Buffer[] = [];

  constructor(segments: Segments) {
    this.#segments = segments;
  }

  begin(): Cursor {
    return { address: addressOf(1, segmentHeaderBytes), position: this.#segments.at(1)?.first ?? 1 };
  }

  /** The next frames; a page without frames and without a problem is the end of the log. */
  async page(from: Cursor, options: PageOptions): Promise<Page> {
    const buffer = this.#spare.pop() ?? Buffer.allocUnsafeSlow(chunkBytes);
    try {
      return await this.#page(from, options, buffer);
    } finally {
      if (this.#spare.length < spareBuffers) this.#spare.push(buffer);
    }
  }

  /** Like `page`, where damage is not expected. @throws LogDamaged */
  async sound(from: Cursor, options: PageOptions): Promise<Page> {
    const page = await this.page(from, options);
    if (page.problem !== undefined && page.frames.length === 0) throw this.damage(page.next, page.problem);
    return page;
  }

  damage(at: Cursor, why: string): LogDamaged {
    return damaged(this.#segments.at(ordinalOf(at.address))!, offsetOf(at.address), at.position, why);
  }

  async #page(from: Cursor, options: PageOptions, buffer: Buffer): Promise<Page> {
    const { segment, offset } = this.#place(from);
    if (segment === undefined) return { frames: [], next: from };
    const want = Math.min(buffer.length, segment.end - offset);
    const got = want <= 0 ? 0 : await this.#segments.read(segment, buffer.subarray(0, want), offset);
    const page = parse(buffer, got, { segment, offset, position: from.position }, options);
    const cut = page.frames.length === 0 && page.problem === undefined && offset < segment.end;
    if (!cut) return page;
    if (got < want) return { ...page, problem: 'the file ends here' };
    return this.#large(buffer, got, { segment, offset, position: from.position }, options, page.next);
  }

  /** A frame larger than the buffer. */
  async #large(head: Buffer, got: number, place: Place, options: PageOptions, next: Cursor): Promise<Page> {
    const cutOff: Page = { frames: [], next, problem: 'a record is cut off' };
    if (got < frameHeaderBytes) return cutOff;
    const length = claimedLength(head, 0);
    if (length > maxFrameBytes || place.offset + length > place.segment.end) return cutOff;
    const buffer = Buffer.allocUnsafeSlow(length);
    const whole = await this.#segments.read(place.segment, buffer, place.offset);
    const page = parse(buffer, whole, place, options);
    return page.frames.length === 0 && page.problem === undefined ? cutOff : page;
  }

  /** At the end of a segment the next one begins. */
  #place({ address }: Cursor): { readonly segment: Segment | undefined; readonly offset: number } {
    const segment = this.#segments.at(ordinalOf(address));
    const offset = offsetOf(address);
    if (segment === undefined || offset < segment.end) return { segment, offset };
    const following = this.#segments.at(segment.ordinal + 1);
    return following === undefined ? { segment, offset } : { segment: following, offset: segmentHeaderBytes };
  }
}

interface Place {
  readonly segment: Segment;
  readonly offset: number;
  readonly position: number;
}

const parse = (bytes: Buffer, end: number, place: Place, { maxEvents, withText }: PageOptions): Page => {
  const frames: Frame[] = [];
  let { position } = place;
  let events = 0;
  let at = 0;
  const here = (): Cursor => ({ address: addressOf(place.segment.ordinal, place.offset + at), position });
  while (at < end && events < maxEvents) {
    const check = checkFrame(bytes, at, end);
    if (check.is === 'short') break;
    if (check.is === 'damaged') return { frames, next: here(), problem: check.why };
    const frame = readFrame(bytes, at, check.length, here().address, withText);
    if (frame.position !== position) {
      return { frames, next: here(), problem: `a record of position ${frame.position} is not expected here` };
    }
    frames.push(frame);
    events += frame.count;
    position = lastPosition(frame) + 1;
    at += check.length;
  }
  return { frames, next: here() };
};
