import { LogDamaged } from '../../../ports/event-log.ts';
import { checkFrame, claimedLength, frameHeaderBytes, readFrame, type Frame } from './frame.ts';
import type { RecentFrames } from './recent-frames.ts';
import { offsetOf, ordinalOf, type Segments } from './segments.ts';

const scratchBytes = 4096;
const maxFrameBytes = 1024 * 1024;

/** Single frames by address: from memory where they are there, else from their segment. */
export class FrameStore {
  readonly #segments: Segments;
  readonly #recent: RecentFrames;
  readonly #maxBytes: number;
  readonly #loaded = new Map<number, Frame>();
  readonly #scratch = Buffer.allocUnsafeSlow(scratchBytes);
  #bytes = 0;

  constructor(segments: Segments, recent: RecentFrames, maxBytes: number) {
    this.#segments = segments;
    this.#recent = recent;
    this.#maxBytes = maxBytes;
  }

  /** @throws LogDamaged when there is no sound frame at `address`. */
  at(address: number): Frame {
    return this.#recent.at(address) ?? this.#again(address) ?? this.#load(address);
  }

  /** What was used last is let go last. */
  #again(address: number): Frame | undefined {
    const frame = this.#loaded.get(address);
    if (frame === undefined) return undefined;
    this.#loaded.delete(address);
    this.#loaded.set(address, frame);
    return frame;
  }

  #load(address: number): Frame {
    const segment = this.#segments.at(ordinalOf(address));
    const offset = offsetOf(address);
    const refuse = (why: string): never => {
      throw new LogDamaged(
        `The log is damaged: segment ${segment?.name ?? ordinalOf(address)}, offset ${offset}: ${why}.`,
      );
    };
    if (segment === undefined || offset >= segment.end) return refuse('a record was expected behind the end');
    let bytes = this.#scratch;
    let got = this.#segments.readNow(segment, bytes, offset);
    const claimed = got < frameHeaderBytes ? got : claimedLength(bytes, 0);
    if (claimed > bytes.length && claimed <= maxFrameBytes) {
      bytes = Buffer.allocUnsafeSlow(claimed);
      got = this.#segments.readNow(segment, bytes, offset);
    }
    const check = checkFrame(bytes, 0, got);
    if (check.is === 'short') return refuse('a record is cut off');
    if (check.is === 'damaged') return refuse(check.why);
    return this.#keep(readFrame(bytes, 0, check.length, address, true));
  }

  #keep(frame: Frame): Frame {
    this.#loaded.set(frame.address, frame);
    this.#bytes += 4 * frame.length;
    for (const [address, oldest] of this.#loaded) {
      if (this.#bytes <= this.#maxBytes) break;
      this.#loaded.delete(address);
      this.#bytes -= 4 * oldest.length;
    }
    return frame;
  }
}
