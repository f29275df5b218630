import { join } from 'node:path';
import { systemChance, type Chance, type Clock } from '../../../core/clock.ts';
import type { StreamName } from '../../../core/ids.ts';
import type { Position } from '../../../core/position.ts';
import {
  LogUnavailable,
  type Appended,
  type EventLog,
  type ExpectedRevision,
  type NewEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
} from '../../../ports/event-log.ts';
import { readAcknowledged, writeAcknowledged } from './acknowledged.ts';
import { Appender } from './appender.ts';
import type { Frame } from './frame.ts';
import { FrameReader, type Cursor } from './frame-reader.ts';
import { FrameStore } from './frame-store.ts';
import { GroupCommit } from './group-commit.ts';
import { History, positionOf } from './history.ts';
import { nodeFiles, type LogFiles } from './log-files.ts';
import { RecentFrames } from './recent-frames.ts';
import { recover } from './recovery.ts';
import { Segments } from './segments.ts';
import { StreamHeads } from './stream-heads.ts';
import { IndexDamaged } from './stream-index.ts';
import { verifyAll } from './verify.ts';

export interface EventLogOptions {
  /** `DATA_DIR`; the log is in `log` below it. Only the process that holds the lock of `DATA_DIR` may open it. */
  readonly directory: string;
  readonly clock: Clock;
  readonly chance?: Chance;
  /** Told, as a sentence, what was repaired at the start or could not be done in the background. */
  readonly onNotice?: (message: string) => void;
  readonly files?: LogFiles;
  /** Size at which a segment is followed by another, bytes; 64 MiB by default. */
  readonly segmentBytes?: number;
  /** Bound of the memory that recent events take, bytes; 8 MiB by default. */
  readonly recentBytes?: number;
  /** So many streams that moved are gathered before the index is written; 8,192 by default. */
  readonly movesPerFlush?: number;
}

export interface LogStatistics {
  readonly bytes: number;
  readonly events: number;
  readonly streams: number;
  readonly segments: number;
}

export interface EmbeddedEventLog extends EventLog {
  /** @throws IndexDamaged where the next append or read will repair that */
  statistics(): LogStatistics;
  /** Reads and checks everything, the index of streams too. @throws LogDamaged at the first place that does not fit. */
  verify(onProgress?: (position: Position) => void): Promise<LogStatistics>;
}

/**
 * Opens the log below `directory`, or makes it.
 * @throws LogDamaged when acknowledged events are missing or unreadable at its end; older damage is found when it is read
 */
export const openEventLog = async (options: EventLogOptions): Promise<EmbeddedEventLog> => {
  const { files = nodeFiles, chance = systemChance, onNotice = () => undefined } = options;
  const { recentBytes = 8 * 1024 * 1024, segmentBytes = 64 * 1024 * 1024, movesPerFlush = 8192 } = options;
  const directory = join(options.directory, 'log');
  files.makeDirectory(directory);
  const segments = Segments.open(files, directory, () => chance.bytes(16), onNotice);
  const reader = new FrameReader(segments);
  const recent = new RecentFrames(recentBytes);
  const store = new FrameStore(segments, recent, recentBytes / 2);
  const bootId = files.readText('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
  const file = { files, path: join(directory, 'streams.index'), log: segments.log, bootId };
  const heads = StreamHeads.open({ file, store, reader, onNotice, movesPerFlush }, segments.end);
  const acknowledged = readAcknowledged(files, directory);
  const onFrames = (frames: readonly Frame[], next: Cursor): Promise<void> => heads.replay(frames, next);
  const end = await recover({ segments, reader, from: heads.covered, acknowledged, onFrames, onNotice });
  await noteAcknowledged({ files, directory, onNotice }, end.position - 1);
  const parts = { files, directory, clock: options.clock, onNotice, segments, reader, recent, store, heads };
  return new SegmentedEventLog({ ...parts, segmentBytes, durable: end.position - 1 });
};

/** Not worth stopping for: without it the log is only less sure of its end. */
const noteAcknowledged = async (
  { files, directory, onNotice }: Pick<Parts, 'files' | 'directory' | 'onNotice'>,
  position: number,
): Promise<void> => {
  try {
    await writeAcknowledged(files, directory, position);
  } catch (error) {
    onNotice(`How far the log has come could not be noted: ${String(error)}`);
  }
};

interface Parts {
  readonly files: LogFiles;
  readonly directory: string;
  readonly clock: Clock;
  readonly onNotice: (message: string) => void;
  readonly segments: Segments;
  readonly reader: FrameReader;
  readonly recent: RecentFrames;
  readonly store: FrameStore;
  readonly heads: StreamHeads;
  readonly segmentBytes: number;
  readonly durable: number;
}

class SegmentedEventLog implements EmbeddedEventLog {
  readonly #parts: Parts;
  readonly #commit: GroupCommit;
  readonly #history: History;
  readonly #appender: Appender;
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#commit = new GroupCommit({
      ...parts,
      onDurable: (bytes) => this.#onDurable(bytes),
      onTakenBack: (frames) => this.#appender.takenBack(frames),
    });
    const durable = (): number => this.#commit.durable;
    this.#history = new History({ ...parts, durable, mustBeOpen: () => this.#mustBeOpen() });
    this.#appender = new Appender({ ...parts, history: this.#history, commit: this.#commit });
  }

  append(stream: StreamName, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    try {
      this.#mustBeOpen();
      if (this.#commit.broken !== undefined) throw this.#commit.broken;
      return this.#appender.append(stream, expected, events);
    } catch (error) {
      return this.#healed(error).then(() => this.append(stream, expected, events));
    }
  }

  async readStream(stream: StreamName, options: ReadStreamOptions): Promise<readonly RecordedEvent[]> {
    for (;;) {
      this.#mustBeOpen();
      try {
        const head = this.#parts.heads.find(stream);
        return head === undefined ? [] : await this.#history.readStream(head.address, options);
      } catch (error) {
        await this.#healed(error);
      }
    }
  }

  /** Damage of the index is repaired, everything else is thrown on. */
  async #healed(error: unknown): Promise<void> {
    if (!(error instanceof IndexDamaged)) throw error;
    await this.#parts.heads.rebuild(this.#end());
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
    this.#mustBeOpen();
    this.#closed = true;
    await this.#commit.close();
    this.#history.wake();
    const { heads, segments } = this.#parts;
    await heads.close(this.#end());
    await noteAcknowledged(this.#parts, this.#commit.durable);
    segments.close();
  }

  statistics(): LogStatistics {
    this.#mustBeOpen();
    const { segments, heads } = this.#parts;
    const events = this.#commit.durable;
    return { bytes: segments.bytes, events, streams: heads.count(), segments: segments.count };
  }

  async verify(onProgress?: (position: Position) => void): Promise<LogStatistics> {
    const mustBeOpen = (): void => this.#mustBeOpen();
    try {
      await verifyAll({ ...this.#parts, mustBeOpen }, (position) => onProgress?.(positionOf(position)));
    } catch (error) {
      await this.#healed(error);
      return this.verify(onProgress);
    }
    return this.statistics();
  }

  #end(): Cursor {
    return { address: this.#parts.segments.end, position: this.#commit.durable + 1 };
  }

  #onDurable(bytes: number): void {
    this.#parts.recent.trim(this.#commit.durable);
    this.#parts.heads.grown(bytes, this.#end());
    this.#history.wake();
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new LogUnavailable('closed', 'The log is closed.');
  }
}
