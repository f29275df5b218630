import { AppendRefused, LogUnavailable, maxBatchBytes, type NewEvent } from '../../../ports/event-log.ts';
import {
  encodeEvents,
  lastPosition,
  roomFor,
  writeBody,
  writeHeader,
  type Frame,
  type FrameFields,
} from './frame.ts';
import type { LogFile } from './log-files.ts';
import type { RecentFrames } from './recent-frames.ts';
import { segmentHeaderBytes } from './segment-header.ts';
import { addressOf, type Segments } from './segments.ts';

/** Told once what became of a group: durable, or not and why. */
export type Settled = (failure: LogUnavailable | undefined) => void;

/** Frames that go to the disk with one write and one sync. */
interface Group {
  readonly ordinal: number;
  readonly offset: number;
  /** Whether a segment has to be begun for it. */
  readonly begins: boolean;
  readonly frames: Frame[];
  readonly settled: Settled[];
  buffer: Buffer;
  used: number;
}

/** A group is closed at this size, bytes; what waits goes into the next. */
const maxGroupBytes = 4 * 1024 * 1024;
const keptBufferBytes = 1024 * 1024;

const noRoomCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

export interface GroupCommitOptions {
  readonly segments: Segments;
  readonly recent: RecentFrames;
  /** A segment that has this many bytes is followed by another. */
  readonly segmentBytes: number;
  /** Position of the last durable event. */
  readonly durable: number;
  /** Called with the size of the group after each sync, before anybody is told. */
  readonly onDurable: (bytes: number) => void;
  /** Called when frames are taken back, newest first, before anybody is told. */
  readonly onTakenBack: (frames: readonly Frame[]) => void;
}

/** The only writer of the log: gathers what waits while the disk is busy, and writes and syncs that together. */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  readonly #spare: Buffer[] = [];
  #groups: Group[] = [];
  #file: LogFile | undefined;
  #writing = false;
  #running: Promise<void> | undefined;
  #broken: LogUnavailable | undefined;
  #durable: number;
  #next: number;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
    this.#durable = options.durable;
    this.#next = options.durable + 1;
    const last = options.segments.last;
    if (last !== undefined) this.#file = options.segments.writer(last);
  }

  get durable(): number {
    return this.#durable;
  }

  /** Why nothing can be written any more, until the log is opened again. */
  get broken(): LogUnavailable | undefined {
    return this.#broken;
  }

  /** Puts a frame into the group that is gathered; it is in `recent` at once, and durable when its group settles. */
  add(
    fields: Pick<FrameFields, 'stream' | 'count' | 'revision' | 'previous' | 'recordedAt'>,
    events: readonly NewEvent[],
  ): Frame {
    const text = encodeEvents(events);
    if (text.length > maxBatchBytes) throw tooLarge(text.length);
    const group = this.#gathering();
    const at = group.used;
    makeRoom(group, roomFor(fields.stream, text));
    const { length, textBytes } = writeBody(group.buffer, at, fields.stream, text);
    if (textBytes > maxBatchBytes) throw tooLarge(textBytes);
    const frame: Frame = {
      address: addressOf(group.ordinal, group.offset + at),
      length,
      stream: fields.stream,
      position: this.#next,
      count: fields.count,
      revision: fields.revision,
      previous: fields.previous,
      durable: this.#durable,
      recordedAt: fields.recordedAt,
      content: events,
      events: undefined,
    };
    writeHeader(group.buffer, at, length, frame);
    group.used += length;
    group.frames.push(frame);
    this.#next += fields.count;
    this.#options.recent.push(frame);
    this.#running ??= this.#run();
    return frame;
  }

  /** Calls back when everything up to `position` is durable or given up; at once when it is durable already. */
  whenSettled(position: number, settled: Settled): void {
    const holds = ({ frames }: Group): boolean =>
      frames.length > 0 && lastPosition(frames.at(-1)!) >= position;
    const group = position <= this.#durable ? undefined : this.#groups.find(holds);
    if (group === undefined) settled(undefined);
    else group.settled.push(settled);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async close(): Promise<void> {
    await this.idle();
    this.#file?.close();
    this.#file = undefined;
  }

  #gathering(): Group {
    const last = this.#groups.at(-1);
    const busy = last === this.#groups[0] && this.#writing;
    if (last !== undefined && !busy && last.used < maxGroupBytes) return last;
    const group = this.#following(last);
    this.#groups.push(group);
    return group;
  }

  /** A group behind `before`, or behind the end of the log. */
  #following(before: Group | undefined): Group {
    const segment = this.#options.segments.last;
    const ordinal = before?.ordinal ?? segment?.ordinal ?? 0;
    const offset = before === undefined ? (segment?.end ?? 0) : before.offset + before.used;
    const begins = ordinal === 0 || offset >= this.#options.segmentBytes;
    return {
      ordinal: begins ? ordinal + 1 : ordinal,
      offset: begins ? segmentHeaderBytes : offset,
      begins,
      frames: [],
      settled: [],
      buffer: this.#spare.pop() ?? Buffer.allocUnsafeSlow(keptBufferBytes),
      used: 0,
    };
  }

  async #run(): Promise<void> {
    // A turn of the event loop lets everything that is ready now into the first group, and again after each sync.
    await nextTurn();
    for (
      let group = this.#groups[0];
      group !== undefined && group.frames.length > 0;
      group = this.#groups[0]
    ) {
      this.#writing = true;
      try {
        await this.#write(group);
        this.#commit(group);
      } catch (error) {
        await this.#giveUp(error);
      }
      this.#writing = false;
      await nextTurn();
    }
    this.#running = undefined;
  }

  async #write(group: Group): Promise<void> {
    if (group.begins) {
      const { file } = await this.#options.segments.begin(group.frames[0]!.position);
      this.#file?.close();
      this.#file = file;
    }
    await this.#file!.write(group.buffer.subarray(0, group.used), group.offset);
    await this.#file!.sync();
  }

  #commit(group: Group): void {
    this.#groups.shift();
    this.#options.segments.at(group.ordinal)!.end = group.offset + group.used;
    this.#durable = lastPosition(group.frames.at(-1)!);
    this.#release(group);
    this.#options.onDurable(group.used);
    for (const settled of group.settled) settled(undefined);
  }

  #release({ buffer }: Group): void {
    if (buffer.length === keptBufferBytes && this.#spare.length < 2) this.#spare.push(buffer);
  }

  /** All that was gathered is taken back: later frames stand behind those that failed. */
  async #giveUp(error: unknown): Promise<void> {
    const failure = await this.#afterFailure(error);
    const groups = this.#groups;
    this.#groups = [];
    this.#next = this.#durable + 1;
    this.#options.onTakenBack(this.#options.recent.dropAfter(this.#durable));
    for (const group of groups) {
      this.#release(group);
      for (const settled of group.settled) settled(failure);
    }
  }

  /** Without room the file is cut back, and the log goes on; after anything else nobody knows what the disk holds. */
  async #afterFailure(error: unknown): Promise<LogUnavailable> {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    try {
      if (noRoomCodes.has(code)) {
        const { last } = this.#options.segments;
        await this.#file?.truncate(last?.end ?? 0);
        await this.#file?.sync();
        return new LogUnavailable('no-room', 'There is no room left for the log. Nothing was written.', {
          cause: error,
        });
      }
    } catch (second) {
      return this.#break(second);
    }
    return this.#break(error);
  }

  #break(cause: unknown): LogUnavailable {
    const message = 'A write or sync of the log failed. It takes no appends until it is opened again.';
    this.#broken = new LogUnavailable('failed-sync', message, { cause });
    return this.#broken;
  }
}

const tooLarge = (bytes: number): AppendRefused =>
  new AppendRefused(
    `The batch has ${bytes} bytes or more; at most ${maxBatchBytes} can be appended at once.`,
  );

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const makeRoom = (group: Group, bytes: number): void => {
  if (group.used + bytes <= group.buffer.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(2 * group.buffer.length, group.used + bytes));
  group.buffer.copy(larger, 0, 0, group.used);
  group.buffer = larger;
};
