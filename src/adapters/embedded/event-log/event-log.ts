import { join } from 'node:path';
import type { Chance, Clock } from '../../../core/clock.ts';
import { systemChance } from '../../../core/clock.ts';
import type { StreamName } from '../../../core/ids.ts';
import type { Position } from '../../../core/position.ts';
import {
  AppendRefused,
  LogUnavailable,
  WrongExpectedRevision,
  type Appended,
  type EventLog,
  type ExpectedRevision,
  type NewEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
} from '../../../ports/event-log.ts';
import { encodeEvents, eventsOf, lastRevision, lastPosition, type Frame } from './frame.ts';
import { FrameReader, type Cursor } from './frame-reader.ts';
import { FrameStore } from './frame-store.ts';
import { GroupCommit } from './group-commit.ts';
import { History, positionOf } from './history.ts';
import { nodeFiles, type LogFiles } from './log-files.ts';
import { RecentFrames } from './recent-frames.ts';
import { recover } from './recovery.ts';
import { Segments } from './segments.ts';
import { StreamHeads, type Head } from './stream-heads.ts';

export interface EventLogOptions {
  /** `DATA_DIR`; the log is in `log` below it. Only the process that holds the lock of `DATA_DIR` may open it. */
  readonly directory: string;
  readonly clock: Clock;
  readonly chance?: Chance;
  /** Told, as a sentence, what a start had to repair. */
  readonly onNotice?: (message: string) => void;
  readonly files?: LogFiles;
  /** Size at which a segment is followed by another, bytes; 64 MiB by default. */
  readonly segmentBytes?: number;
  /** Bound of the memory that recent events take, bytes; 8 MiB by default. */
  readonly recentBytes?: number;
}

export interface LogStatistics {
  readonly bytes: number;
  readonly events: number;
  readonly segments: number;
}

export interface EmbeddedEventLog extends EventLog {
  statistics(): LogStatistics;
  /** Reads and checks everything. @throws LogDamaged at the first place that does not fit. */
  verify(onProgress?: (position: Position) => void): Promise<LogStatistics>;
}

/** Streams have names of at most this many UTF-16 units. */
const maxStreamName = 1024;

export const openEventLog = async (options: EventLogOptions): Promise<EmbeddedEventLog> => {
  const files = options.files ?? nodeFiles;
  const directory = join(options.directory, 'log');
  files.makeDirectory(directory);
  const onNotice = options.onNotice ?? (() => undefined);
  const segments = Segments.open(
    files,
    directory,
    () => (options.chance ?? systemChance).bytes(16),
    onNotice,
  );
  const reader = new FrameReader(segments);
  const heads = new StreamHeads();
  const end = await recover({
    segments,
    reader,
    from: reader.begin(),
    acknowledged: 0,
    onFrame: (frame) => heads.moved(frame, undefined),
    onNotice,
  });
  return new SegmentedEventLog(options, segments, reader, heads, end);
};

class SegmentedEventLog implements EmbeddedEventLog {
  readonly #clock: Clock;
  readonly #segments: Segments;
  readonly #reader: FrameReader;
  readonly #heads: StreamHeads;
  readonly #recent: RecentFrames;
  readonly #store: FrameStore;
  readonly #commit: GroupCommit;
  readonly #history: History;
  #closed = false;

  constructor(
    options: EventLogOptions,
    segments: Segments,
    reader: FrameReader,
    heads: StreamHeads,
    end: Cursor,
  ) {
    const recentBytes = options.recentBytes ?? 8 * 1024 * 1024;
    this.#clock = options.clock;
    this.#segments = segments;
    this.#reader = reader;
    this.#heads = heads;
    this.#recent = new RecentFrames(recentBytes);
    this.#store = new FrameStore(segments, this.#recent, recentBytes / 2);
    this.#commit = new GroupCommit({
      segments,
      recent: this.#recent,
      segmentBytes: options.segmentBytes ?? 64 * 1024 * 1024,
      durable: end.position - 1,
      onDurable: () => this.#onDurable(),
      onTakenBack: (frames) => this.#heads.takenBack(frames, (address) => this.#store.at(address)),
    });
    this.#history = new History({
      segments,
      reader,
      recent: this.#recent,
      store: this.#store,
      durable: () => this.#commit.durable,
      mustBeOpen: () => this.#mustBeOpen(),
    });
  }

  append(stream: StreamName, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    return new Promise((resolve, reject) => {
      const unavailable = this.#closed ? closed() : this.#commit.broken;
      if (unavailable !== undefined) throw unavailable;
      refuseMalformed(stream, events);
      const { position, outcome } = this.#decide(stream, expected, events);
      this.#commit.whenSettled(position, (failure) => {
        if (failure !== undefined) reject(failure);
        else if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
    });
  }

  /** What to answer, and the position that must be durable before: a loser must be able to read what it lost to. */
  #decide(
    stream: StreamName,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): { readonly position: number; readonly outcome: Appended | WrongExpectedRevision } {
    const head = this.#heads.find(stream);
    const actual = head?.revision ?? 'no_stream';
    if (expected === actual) {
      const frame = this.#write(stream, head, events);
      const position = lastPosition(frame);
      return { position, outcome: { revision: lastRevision(frame), position: positionOf(position) } };
    }
    const repeated = head === undefined ? undefined : this.#repeated(head, expected, events);
    const position = head?.position ?? 0;
    return { position, outcome: repeated ?? new WrongExpectedRevision(stream, expected, actual) };
  }

  #write(stream: StreamName, head: Head | undefined, events: readonly NewEvent[]): Frame {
    const ids = head === undefined ? undefined : (head.ids ??= this.#idsOf(head));
    refuseKnownIds(stream, events, ids);
    const fields = {
      stream,
      count: events.length,
      revision: head === undefined ? 0 : head.revision + 1,
      previous: head?.address ?? 0,
      recordedAt: this.#clock.now(),
    };
    const frame = this.#commit.add(fields, encodeEvents(events));
    if (ids !== undefined) for (const { id } of events) ids.add(id);
    this.#heads.moved(frame, ids);
    return frame;
  }

  #idsOf(head: Head): Set<string> {
    const ids = new Set<string>();
    for (const frame of this.#history.chain(head.address)) for (const { id } of eventsOf(frame)) ids.add(id);
    return ids;
  }

  /** The first answer, if the events at the revisions that were expected are these. */
  #repeated(head: Head, expected: ExpectedRevision, events: readonly NewEvent[]): Appended | undefined {
    const first = expected === 'no_stream' ? 0 : expected + 1;
    const last = first + events.length - 1;
    if (last > head.revision) return undefined;
    let position: Position | undefined;
    for (const frame of this.#history.chain(head.address)) {
      for (const event of eventsOf(frame)) {
        if (event.revision < first || event.revision > last) continue;
        if (event.id !== events[event.revision - first]!.id) return undefined;
        if (event.revision === last) position = event.position;
      }
      if (frame.revision <= first) break;
    }
    return position === undefined ? undefined : { revision: last, position };
  }

  async readStream(stream: StreamName, options: ReadStreamOptions): Promise<readonly RecordedEvent[]> {
    this.#mustBeOpen();
    const head = this.#heads.find(stream);
    return head === undefined ? [] : this.#history.readStream(head.address, options);
  }

  async readAll({ after, limit }: ReadAllOptions): Promise<readonly RecordedEvent[]> {
    this.#mustBeOpen();
    return this.#history.readAll(Number(after), limit);
  }

  follow(after: Position, signal: AbortSignal): AsyncIterable<readonly RecordedEvent[]> {
    return this.#history.follow(Number(after), signal);
  }

  async head(): Promise<Position> {
    this.#mustBeOpen();
    return positionOf(this.#commit.durable);
  }

  async close(): Promise<void> {
    if (this.#closed) throw closed();
    this.#closed = true;
    await this.#commit.close();
    this.#history.wake();
    this.#segments.close();
  }

  statistics(): LogStatistics {
    this.#mustBeOpen();
    return { bytes: this.#segments.bytes, events: this.#commit.durable, segments: this.#segments.count };
  }

  async verify(onProgress?: (position: Position) => void): Promise<LogStatistics> {
    let cursor = this.#reader.begin();
    for (;;) {
      this.#mustBeOpen();
      const page = await this.#reader.sound(cursor, { maxEvents: Infinity, withText: true });
      if (page.frames.length === 0) return this.statistics();
      for (const frame of page.frames) eventsOf(frame);
      cursor = page.next;
      onProgress?.(positionOf(cursor.position - 1));
    }
  }

  #onDurable(): void {
    this.#recent.trim(this.#commit.durable);
    this.#history.wake();
  }

  #mustBeOpen(): void {
    if (this.#closed) throw closed();
  }
}

const closed = (): LogUnavailable => new LogUnavailable('closed', 'The log is closed.');

const refuseMalformed = (stream: StreamName, events: readonly NewEvent[]): void => {
  if (stream === '' || stream.length > maxStreamName) {
    throw new AppendRefused(
      `The name of a stream has 1 to ${maxStreamName} characters, not ${stream.length}.`,
    );
  }
  if (events.length === 0) throw new AppendRefused(`There is no event to append to ${stream}.`);
  if (events.some(({ type }) => type === '')) throw new AppendRefused(`An event for ${stream} has no type.`);
};

const refuseKnownIds = (
  stream: StreamName,
  events: readonly NewEvent[],
  known: ReadonlySet<string> | undefined,
): void => {
  const seen = new Set<string>();
  for (const { id } of events) {
    if (seen.has(id) || known?.has(id) === true)
      throw new AppendRefused(`Stream ${stream} has event ${id} already.`);
    if (events.length > 1) seen.add(id);
  }
};
