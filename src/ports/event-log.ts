import type { Instant } from '../core/clock.ts';
import type { CommandId, EventId, StreamName, UserId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Position } from '../core/position.ts';

/** Who caused an event and within what; holds no personal data. */
export interface EventMetadata {
  /** The intention that appended the event; a repeat is recognised by it. */
  readonly commandId: CommandId;
  /** HMAC of the request under an idempotency key: the same command id with another mac is refused. */
  readonly requestMac?: string;
  /** `null` for the system itself (schedulers, reactions without a person behind them). */
  readonly actor: UserId | null;
  /** The request id of the HTTP call at the beginning of the chain. */
  readonly correlationId: string;
  /** The event or command that directly caused this one. */
  readonly causationId: string;
}

/** The personal fields of one event, encrypted together with their subject's key (ARCHITECTURE rule 1). */
export interface SealedBox {
  readonly subject: UserId;
  /** Which key of the subject. */
  readonly keyId: string;
  /** 96 random bits, base64. */
  readonly nonce: string;
  /** AES-256-GCM ciphertext followed by its 128-bit tag, base64. */
  readonly text: string;
}

/** An event on its way into the log. */
export interface NewEvent {
  readonly id: EventId;
  readonly type: string;
  readonly schemaVersion: number;
  readonly metadata: EventMetadata;
  /** Everything but `type`, `v` and the personal fields. */
  readonly data: JsonObject;
  readonly box?: SealedBox;
}

/** An event as the log holds it. */
export interface RecordedEvent extends NewEvent {
  readonly stream: StreamName;
  /** Zero-based place within the stream, without gaps. */
  readonly revision: number;
  readonly position: Position;
  readonly recordedAt: Instant;
}

/** The revision of the last event that the writer has seen, or `no_stream`. There is no "any". */
export type ExpectedRevision = 'no_stream' | number;

export interface Appended {
  /** Revision of the last event of the batch. */
  readonly revision: number;
  /** Position of the last event of the batch, or an upper bound of it when the engine did not tell. */
  readonly position: Position;
}

/** The stream is not where the writer believed it to be. `actual` is where it is. */
export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  readonly stream: StreamName;
  readonly expected: ExpectedRevision;
  readonly actual: ExpectedRevision;
  constructor(stream: StreamName, expected: ExpectedRevision, actual: ExpectedRevision) {
    super(`Stream ${stream} is at ${actual}, not at ${expected}. Read it again and decide anew.`);
    this.stream = stream;
    this.expected = expected;
    this.actual = actual;
  }
}

/** A batch of more than `maxBatchBytes`, no event at all, or an empty type or stream. Nothing was written. */
export class AppendRefused extends Error {
  override readonly name = 'AppendRefused';
}

/** The log cannot be written (or read) now: `no-room` → 507, anything else → 503. What was acknowledged stays. */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
  readonly reason: 'no-room' | 'closed' | 'failed-sync' | 'unreachable';
  constructor(reason: LogUnavailable['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A record's checksum does not fit, or a record is cut off where it must not be. Names segment, offset and position. */
export class LogDamaged extends Error {
  override readonly name = 'LogDamaged';
}

/** Serialised size of one append, all events together. */
export const maxBatchBytes = 512 * 1024;

export interface ReadStreamOptions {
  /** Inclusive revision to begin at; the beginning (or, backwards, the end) by default. */
  readonly from?: number;
  readonly direction?: 'forwards' | 'backwards';
  /** At most this many events, 1–4,096. */
  readonly limit: number;
}

export interface ReadAllOptions {
  /** Exclusive; `start` is before everything. */
  readonly after: Position;
  /** At most this many events, 1–4,096. */
  readonly limit: number;
}

/**
 * The history: streams of events, in one order over all of them.
 *
 * 1. `append` writes the whole batch or nothing, at consecutive revisions and increasing positions.
 * 2. It is acknowledged only after it is durable: an acknowledged event survives `kill -9`.
 * 3. An append whose expected revision is not the stream's throws `WrongExpectedRevision` and writes nothing.
 * 4. Of many appends that race for one expected revision exactly one wins.
 * 5. The same event ids with the same expected revision again are a repeat: it answers as the first time did and writes
 *    nothing, whatever the bytes are (nonces differ), also when the stream has moved on since and after a restart.
 * 6. A batch that mixes ids already in the stream with new ones, or holds one id twice, throws: `WrongExpectedRevision`
 *    if the expected revision is not the stream's, else `AppendRefused`. (stream, event id) is unique.
 * 7. `readStream` answers events in the asked direction, `[]` for a stream that does not exist or past its end.
 * 8. `readAll` and `follow` answer events in the order of positions, exclusive of `after`, without gap or repeat.
 * 9. `follow` goes on with live events once it has caught up, in batches of at most 1,024, until its signal aborts (then it
 *    ends without an error). A slow consumer slows nobody else and loses nothing.
 * 10. Readers and followers see only durable events; what a reader saw stays.
 * 11. `head` is the position of the last durable event, `start` when there is none.
 * 12. Recorded events are deeply the same as appended: data, metadata, box, id, type, schema version.
 * 13. After `close` every call throws `LogUnavailable('closed')`; appends under way are finished first.
 */
export interface EventLog {
  append(stream: StreamName, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended>;
  readStream(stream: StreamName, options: ReadStreamOptions): Promise<readonly RecordedEvent[]>;
  readAll(options: ReadAllOptions): Promise<readonly RecordedEvent[]>;
  follow(after: Position, signal: AbortSignal): AsyncIterable<readonly RecordedEvent[]>;
  head(): Promise<Position>;
  close(): Promise<void>;
}
