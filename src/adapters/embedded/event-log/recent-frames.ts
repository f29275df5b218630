import { lastPosition, type Frame } from './frame.ts';

/** Bytes that a frame is taken to hold in memory: its JSON, and about three times that once decoded. */
const weight = (frame: Frame): number => 4 * frame.length;

/**
 * The newest frames, contiguous up to the end of the log, also those still on their way to the disk: what followers and
 * readers of living streams need, without a file.
 */
export class RecentFrames {
  readonly #byAddress = new Map<number, Frame>();
  readonly #maxBytes: number;
  /** In the order of positions; what was let go is `undefined`, up to `#first`. */
  #frames: (Frame | undefined)[] = [];
  #first = 0;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  push(frame: Frame): void {
    this.#frames.push(frame);
    this.#byAddress.set(frame.address, frame);
    this.#bytes += weight(frame);
  }

  /** Lets the oldest go while there is too much, but none that is not yet durable. */
  trim(durable: number): void {
    while (this.#bytes > this.#maxBytes && this.#first < this.#frames.length) {
      const oldest = this.#frames[this.#first]!;
      if (lastPosition(oldest) > durable) break;
      this.#frames[this.#first] = undefined;
      this.#first += 1;
      this.#byAddress.delete(oldest.address);
      this.#bytes -= weight(oldest);
    }
    if (this.#first > 1024 && this.#first * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Takes back what could not be made durable. */
  dropAfter(durable: number): readonly Frame[] {
    const dropped: Frame[] = [];
    for (
      let last = this.#frames.at(-1);
      last !== undefined && last.position > durable;
      last = this.#frames.at(-1)
    ) {
      if (this.#frames.length <= this.#first) break;
      this.#frames.pop();
      this.#byAddress.delete(last.address);
      this.#bytes -= weight(last);
      dropped.push(last);
    }
    return dropped;
  }

  at(address: number): Frame | undefined {
    return this.#byAddress.get(address);
  }

  /** The frames from the one that holds `position` on, or `undefined` when that one is not here any more. */
  from(position: number, maxEvents: number, durable: number): readonly Frame[] | undefined {
    const oldest = this.#frames[this.#first];
    if (oldest === undefined || oldest.position > position) return undefined;
    let low = this.#first;
    let high = this.#frames.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#frames[middle]!.position <= position) low = middle;
      else high = middle - 1;
    }
    const found: Frame[] = [];
    for (let events = 0; low < this.#frames.length && events < maxEvents; low += 1) {
      const frame = this.#frames[low]!;
      if (lastPosition(frame) > durable) break;
      found.push(frame);
      events += frame.count;
      if (found.length === 1) events -= position - frame.position;
    }
    return found;
  }
}
