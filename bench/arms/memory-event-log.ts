import type { Clock } from '../../src/core/clock.ts';
import { instant } from '../../src/core/clock.ts';
import type { StreamName } from '../../src/core/ids.ts';
import { start, type Position } from '../../src/core/position.ts';
import {
  LogUnavailable,
  WrongExpectedRevision,
  type Appended,
  type ExpectedRevision,
  type NewEvent,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
} from '../../src/ports/event-log.ts';
import type { EmbeddedEventLog, LogStatistics } from '../../src/adapters/embedded/event-log/event-log.ts';

/** Events that are kept for followers; those of this program are never so far behind. */
const keptEvents = 2_048;
/** Streams that commands go on with; comments are written once and then only read from the read models. */
const keptStreams = 2_048;
const mayGo = (stream: StreamName): boolean => stream.startsWith('comment-') || stream.startsWith('like-');

interface Waiting {
  readonly settle: () => void;
}

/**
 * The log of the arm "append stubbed out": no encoding, no file, no sync. All that is appended within one turn of the event
 * loop is acknowledged and handed to followers together, so that projections get batches in this arm too. Bounded, because
 * a heap that grows would cost this arm garbage collections that ours does not have.
 */
export const openEventLog = async (options: { readonly clock: Clock }): Promise<EmbeddedEventLog> =>
  new MemoryEventLog(options.clock);

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

class MemoryEventLog implements EmbeddedEventLog {
  readonly #clock: Clock;
  readonly #streams = new Map<StreamName, RecordedEvent[]>();
  readonly #passing: StreamName[] = [];
  #events: RecordedEvent[] = [];
  #count = 0;
  #durable = 0;
  #waiting: Waiting[] = [];
  #followers = new Set<() => void>();
  #turn: Promise<void> | undefined;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  append(stream: StreamName, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    this.#mustBeOpen();
    const known = this.#streams.get(stream) ?? this.#begin(stream);
    const actual = known.length === 0 ? 'no_stream' : known.length - 1;
    if (expected !== actual) return Promise.reject(new WrongExpectedRevision(stream, expected, actual));
    const recordedAt = instant(this.#clock.now());
    for (const event of events) {
      this.#count += 1;
      const position = BigInt(this.#count) as Position;
      const recorded = { ...event, stream, revision: known.length, position, recordedAt };
      known.push(recorded);
      this.#events.push(recorded);
    }
    const appended = { revision: known.length - 1, position: BigInt(this.#count) as Position };
    return new Promise((resolve) => {
      this.#waiting.push({ settle: () => resolve(appended) });
      this.#turn ??= nextTurn().then(() => this.#commit());
    });
  }

  async readStream(stream: StreamName, options: ReadStreamOptions): Promise<readonly RecordedEvent[]> {
    const all = this.#streams.get(stream) ?? [];
    const from = options.from ?? (options.direction === 'backwards' ? all.length - 1 : 0);
    if (options.direction === 'backwards')
      return all
        .slice(0, from + 1)
        .reverse()
        .slice(0, options.limit);
    return all.slice(from, from + options.limit);
  }

  async readAll({ after, limit }: ReadAllOptions): Promise<readonly RecordedEvent[]> {
    const oldest = this.#count - this.#events.length;
    const from = Number(after) - oldest;
    if (from < 0) throw new Error('This log keeps its newest events only.');
    return this.#events.slice(from, Math.min(from + limit, this.#durable - oldest));
  }

  async *follow(after: Position, signal: AbortSignal): AsyncGenerator<readonly RecordedEvent[], void> {
    let seen = after;
    while (!signal.aborted && !this.#closed) {
      const events = await this.readAll({ after: seen, limit: 1024 });
      const last = events.at(-1);
      if (last === undefined) await this.#more(signal);
      else {
        seen = last.position;
        yield events;
      }
    }
  }

  async head(): Promise<Position> {
    return this.#durable === 0 ? start : (BigInt(this.#durable) as Position);
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#closed = true;
    for (const wake of this.#followers) wake();
  }

  statistics(): LogStatistics {
    return { bytes: 0, events: this.#count, segments: 0, streams: this.#streams.size };
  }

  async verify(): Promise<LogStatistics> {
    return this.statistics();
  }

  #begin(stream: StreamName): RecordedEvent[] {
    const events: RecordedEvent[] = [];
    this.#streams.set(stream, events);
    if (mayGo(stream)) this.#passing.push(stream);
    return events;
  }

  #commit(): void {
    this.#turn = undefined;
    this.#durable = this.#count;
    if (this.#events.length > 2 * keptEvents) this.#events = this.#events.slice(-keptEvents);
    if (this.#passing.length > 2 * keptStreams)
      for (const stream of this.#passing.splice(0, keptStreams)) this.#streams.delete(stream);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of this.#followers) wake();
    for (const { settle } of waiting) settle();
  }

  #more(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#followers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#followers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #mustBeOpen(): void {
    if (this.#closed) throw new LogUnavailable('closed', 'The log is closed.');
  }
}
