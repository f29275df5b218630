import type { StreamName } from '../../../core/ids.ts';
import { LogDamaged } from '../../../ports/event-log.ts';
import { lastPosition, lastRevision, type Frame } from './frame.ts';
import type { Cursor, FrameReader } from './frame-reader.ts';
import type { FrameStore } from './frame-store.ts';
import type { IndexFile } from './index-header.ts';
import { IndexDamaged, StreamIndex, type Move } from './stream-index.ts';

/** Where a stream ends. */
export interface Head {
  revision: number;
  /** Address of its last frame. */
  address: number;
  /** Position of its last event; 0 when it is only known to be durable. */
  position: number;
  /** What the index has for the stream, 0 for nothing. */
  indexed: number;
}

/** So much of the log may lie behind what the index covers, bytes: what a start has to read. */
const lagBytes = 32 * 1024 * 1024;
const maxKnown = 8192;

export interface StreamHeadsOptions {
  readonly file: IndexFile;
  readonly store: FrameStore;
  readonly reader: FrameReader;
  readonly onNotice: (message: string) => void;
  /** So many streams that moved are gathered before they are written to the index. */
  readonly movesPerFlush: number;
}

/**
 * Where each stream ends: what moved lately in memory, the rest in the index, which follows in the background. What the
 * index says is believed only when the frame that it points to is the stream's.
 */
export class StreamHeads {
  readonly #options: StreamHeadsOptions;
  /** Streams whose end the index does not have yet. */
  readonly #fresh = new Map<StreamName, Head>();
  /** Some whose end it has. */
  readonly #known = new Map<StreamName, Head>();
  #index: StreamIndex;
  #busy: Promise<void> | undefined;
  #rebuilt = false;
  #nextFlush: number;
  #unindexedBytes = 0;

  private constructor(options: StreamHeadsOptions, index: StreamIndex) {
    this.#options = options;
    this.#index = index;
    this.#nextFlush = options.movesPerFlush;
  }

  /** With the index that is there, if it can be trusted, else with an empty one; `covered` says what is missing. */
  static open(options: StreamHeadsOptions, end: number): StreamHeads {
    const begin = options.reader.begin();
    const opened = StreamIndex.open(options.file);
    if (typeof opened !== 'string' && opened.covered.address <= Math.max(end, begin.address))
      return new StreamHeads(options, opened);
    const why = typeof opened === 'string' ? opened : 'it knows more than the log';
    if (typeof opened !== 'string') opened.abandon();
    if (end > begin.address) options.onNotice(`The index of streams is made anew from the segments: ${why}.`);
    return new StreamHeads(options, StreamIndex.create(options.file, begin));
  }

  get covered(): Cursor {
    return this.#index.covered;
  }

  /** How many streams there are. @throws IndexDamaged */
  count(): number {
    let arriving = 0;
    for (const [stream, { indexed }] of this.#fresh) {
      // A flush that failed half-way left some in the index that are still taken for new here.
      if (indexed === 0 && this.#index.addresses(stream).length === 0) arriving += 1;
    }
    return this.#index.streams + arriving;
  }

  /** @throws IndexDamaged, after which `rebuild` helps. */
  find(stream: StreamName): Head | undefined {
    return this.#fresh.get(stream) ?? this.#known.get(stream) ?? this.#load(stream);
  }

  #load(stream: StreamName): Head | undefined {
    for (const address of this.#index.addresses(stream)) {
      const frame = this.#pointedTo(address);
      if (frame.stream !== stream) continue;
      const head = headOf(frame, address);
      this.#know(stream, head);
      return head;
    }
    return undefined;
  }

  /** No frame where the index says: the index is wrong, or, when it has been made anew already, the log. */
  #pointedTo(address: number): Frame {
    try {
      return this.#options.store.at(address);
    } catch (error) {
      if (this.#rebuilt || !(error instanceof LogDamaged)) throw error;
      throw new IndexDamaged('The index of streams points to where no record is.', { cause: error });
    }
  }

  #know(stream: StreamName, head: Head): void {
    this.#known.set(stream, head);
    if (this.#known.size <= maxKnown) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }

  /** `head` is what `find` answered before the frame was made. */
  moved(frame: Frame, head: Head | undefined): void {
    if (head === undefined) {
      this.#fresh.set(frame.stream, headOf(frame, 0));
      return;
    }
    if (head.address === head.indexed) {
      this.#known.delete(frame.stream);
      this.#fresh.set(frame.stream, head);
    }
    Object.assign(head, headOf(frame, head.indexed));
  }

  /** Frames that were not made durable, newest first. */
  takenBack(frames: readonly Frame[]): void {
    const gone = new Set(frames.map(({ address }) => address));
    for (const { stream, previous, revision } of frames) {
      const head = this.#fresh.get(stream);
      if (head === undefined || gone.has(previous)) continue;
      if (previous === 0) this.#fresh.delete(stream);
      else Object.assign(head, { revision: revision - 1, address: previous, position: 0 });
    }
  }

  /** Frames read at a start, in order, all of them sound; `next` is behind them. */
  async replay(frames: readonly Frame[], next: Cursor): Promise<void> {
    for (const frame of frames) {
      const head = this.#fresh.get(frame.stream);
      if (head === undefined) this.#fresh.set(frame.stream, headOf(frame, frame.previous));
      else Object.assign(head, headOf(frame, head.indexed));
    }
    if (this.#fresh.size >= 4 * this.#options.movesPerFlush) await this.#flush(next);
  }

  /** Told after each sync how much became durable and where the log ends now; brings the index up in the background. */
  grown(bytes: number, end: Cursor): void {
    this.#unindexedBytes += bytes;
    if (this.#busy !== undefined) return;
    if (this.#fresh.size < this.#nextFlush && this.#unindexedBytes < lagBytes) return;
    this.#unindexedBytes = 0;
    this.#alone(() => this.#flush(end))
      .catch((error: unknown) =>
        error instanceof IndexDamaged ? this.rebuild(end) : Promise.reject(error as Error),
      )
      .catch((error: unknown) => this.#notFlushed(error));
  }

  /** The moves stay in memory, so nothing is wrong; it is tried again when there are twice as many. */
  #notFlushed(error: unknown): void {
    this.#nextFlush = Math.max(this.#options.movesPerFlush, 2 * this.#fresh.size);
    this.#options.onNotice(`The index of streams could not be written: ${String(error)}`);
  }

  /** One thing at a time is done to the index. */
  async #alone(work: () => Promise<void>): Promise<void> {
    while (this.#busy !== undefined) await this.#busy.catch(() => undefined);
    this.#busy = work();
    try {
      await this.#busy;
    } finally {
      this.#busy = undefined;
    }
  }

  async #flush(end: Cursor): Promise<void> {
    const flushed = new Map<StreamName, number>();
    const moves: Move[] = [];
    for (const [stream, head] of this.#fresh) {
      const to = this.#lastBefore(head.address, end);
      if (to === 0) continue;
      flushed.set(stream, to);
      if (to !== head.indexed) moves.push({ stream, from: head.indexed, to });
    }
    await this.#index.apply(moves, end, (address) => this.#pointedTo(address).stream);
    for (const [stream, to] of flushed) this.#settle(stream, to);
    this.#nextFlush = this.#options.movesPerFlush;
  }

  #settle(stream: StreamName, to: number): void {
    const head = this.#fresh.get(stream);
    if (head === undefined) return;
    head.indexed = to;
    if (head.address === to) this.#fresh.delete(stream);
  }

  /** The last frame of the stream that is before `end`: what is behind may still be taken back. */
  #lastBefore(address: number, end: Cursor): number {
    let at = address;
    while (at >= end.address) at = this.#options.store.at(at).previous;
    return at;
  }

  /** Makes another index from the segments, up to `end`; until it is there the old one answers. @throws LogDamaged */
  async rebuild(end: Cursor): Promise<void> {
    const damaged = this.#index;
    await this.#alone(async () => {
      if (this.#index !== damaged) return;
      this.#options.onNotice('The index of streams is damaged and is made anew from the segments.');
      this.#rebuilt = true;
      const index = StreamIndex.create(this.#options.file, this.#options.reader.begin());
      await this.#scan(index, end);
      this.#index = index;
      damaged.abandon();
      for (const head of this.#known.values()) head.indexed = head.address;
      for (const [stream, head] of this.#fresh) this.#settle(stream, this.#lastBefore(head.address, end));
    });
  }

  async #scan(index: StreamIndex, end: Cursor): Promise<void> {
    let moves = new Map<StreamName, Move>();
    for (let cursor = index.covered; cursor.position < end.position;) {
      const page = await this.#options.reader.sound(cursor, { maxEvents: Infinity, withText: false });
      for (const { stream, previous, address } of page.frames) {
        if (address < end.address)
          moves.set(stream, { stream, from: moves.get(stream)?.from ?? previous, to: address });
      }
      cursor = page.next.position < end.position ? page.next : end;
      if (moves.size < 4 * this.#options.movesPerFlush && cursor !== end) continue;
      await index.apply([...moves.values()], cursor, (address) => this.#options.store.at(address).stream);
      moves = new Map();
    }
  }

  /** Brings the index up to `end`, the end of the log, and closes it. */
  async close(end: Cursor): Promise<void> {
    try {
      await this.#alone(() => this.#flush(end));
      await this.#index.close();
    } catch (error) {
      this.#index.abandon();
      this.#options.onNotice(`The index of streams could not be written: ${String(error)}`);
    }
  }
}

const headOf = (frame: Frame, indexed: number): Head => ({
  revision: lastRevision(frame),
  address: frame.address,
  position: lastPosition(frame),
  indexed,
});
