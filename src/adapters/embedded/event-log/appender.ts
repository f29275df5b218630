import type { Clock } from '../../../core/clock.ts';
import type { StreamName } from '../../../core/ids.ts';
import type { Position } from '../../../core/position.ts';
import {
  AppendRefused,
  WrongExpectedRevision,
  type Appended,
  type ExpectedRevision,
  type NewEvent,
} from '../../../ports/event-log.ts';
import { eventsOf, holdsId, lastPosition, lastRevision, type Frame } from './frame.ts';
import type { GroupCommit } from './group-commit.ts';
import { positionOf, type History } from './history.ts';
import { KnownIds } from './known-ids.ts';
import type { Head, StreamHeads } from './stream-heads.ts';

/** Streams have names of at most this many UTF-16 units. */
const maxStreamName = 1024;
/** In a stream with fewer events ids are looked for in its frames; those of a longer one are kept. */
const shortStream = 32;
/** The ids of a stream with this many are loaded with turns of the event loop in between. */
const longStream = 1024;

/** What to answer once everything up to `position` is durable: a loser must be able to read what it lost to. */
interface Decision {
  readonly position: number;
  readonly outcome: Appended | WrongExpectedRevision;
}

export interface AppenderOptions {
  readonly clock: Clock;
  readonly heads: StreamHeads;
  readonly history: History;
  readonly commit: GroupCommit;
}

/** Decides appends one after another, against what is durable and what is on its way there. */
export class Appender {
  readonly #options: AppenderOptions;
  readonly #ids = new KnownIds();
  readonly #loading = new Map<StreamName, Promise<void>>();
  /** Raised when frames were taken back: ids that are being loaded may hold some that never were. */
  #epoch = 0;

  constructor(options: AppenderOptions) {
    this.#options = options;
  }

  /** @throws IndexDamaged, before anything is written */
  append(stream: StreamName, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    refuseMalformed(stream, events);
    const head = this.#options.heads.find(stream);
    const loading = this.#loading.get(stream) ?? this.#mustLoad(stream, head, expected);
    if (loading !== undefined) return loading.then(() => this.append(stream, expected, events));
    const { position, outcome } = this.#decide(stream, head, expected, events);
    return new Promise((resolve, reject) => {
      this.#options.commit.whenSettled(position, (failure) => {
        if (failure !== undefined) reject(failure);
        else if (outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
    });
  }

  /** Frames that were not made durable, newest first. */
  takenBack(frames: readonly Frame[]): void {
    this.#epoch += 1;
    for (const { stream } of frames) this.#ids.forget(stream);
    this.#options.heads.takenBack(frames);
  }

  #decide(
    stream: StreamName,
    head: Head | undefined,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Decision {
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
    const ids = head === undefined ? undefined : this.#ids.of(stream);
    refuseTwice(stream, events);
    for (const { id } of events) {
      const known = ids === undefined ? head !== undefined && this.#isIn(head, id) : ids.has(id);
      if (known) throw new AppendRefused(`Stream ${stream} has event ${id} already.`);
    }
    const { clock, commit, heads } = this.#options;
    const fields = {
      stream,
      count: events.length,
      revision: head === undefined ? 0 : head.revision + 1,
      previous: head?.address ?? 0,
      recordedAt: clock.now(),
    };
    const frame = commit.add(fields, events);
    if (ids !== undefined) this.#ids.add(ids, events);
    heads.moved(frame, head);
    return frame;
  }

  #isIn(head: Head, id: string): boolean {
    for (const frame of this.#options.history.chain(head.address)) if (holdsId(frame, id)) return true;
    return false;
  }

  /** The ids of a long stream, unless they are known; nothing is decided about the stream before they are there. */
  #mustLoad(
    stream: StreamName,
    head: Head | undefined,
    expected: ExpectedRevision,
  ): Promise<void> | undefined {
    if (head === undefined || expected !== head.revision || head.revision < shortStream) return undefined;
    if (this.#ids.of(stream) !== undefined) return undefined;
    if (head.revision >= longStream) {
      const loading = this.#loadPatiently(stream, head.address);
      this.#loading.set(stream, loading);
      return loading;
    }
    const ids = new Set<string>();
    for (const frame of this.#options.history.chain(head.address)) addIds(ids, frame);
    this.#ids.keep(stream, ids);
    return undefined;
  }

  async #loadPatiently(stream: StreamName, address: number): Promise<void> {
    const epoch = this.#epoch;
    try {
      const ids = new Set<string>();
      for await (const frame of this.#options.history.patientChain(address)) addIds(ids, frame);
      if (epoch === this.#epoch) this.#ids.keep(stream, ids);
    } finally {
      this.#loading.delete(stream);
    }
  }

  /** The first answer, if the events at the revisions that were expected are these. */
  #repeated(head: Head, expected: ExpectedRevision, events: readonly NewEvent[]): Appended | undefined {
    const first = expected === 'no_stream' ? 0 : expected + 1;
    const last = first + events.length - 1;
    if (last > head.revision) return undefined;
    let position: Position | undefined;
    for (const frame of this.#options.history.chain(head.address)) {
      if (frame.revision > last) continue;
      for (const event of eventsOf(frame)) {
        if (event.revision < first || event.revision > last) continue;
        if (event.id !== events[event.revision - first]!.id) return undefined;
        if (event.revision === last) position = event.position;
      }
      if (frame.revision <= first) break;
    }
    return position === undefined ? undefined : { revision: last, position };
  }
}

const addIds = (ids: Set<string>, frame: Frame): void => {
  for (const { id } of eventsOf(frame)) ids.add(id);
};

const refuseMalformed = (stream: StreamName, events: readonly NewEvent[]): void => {
  if (stream === '' || stream.length > maxStreamName) {
    throw new AppendRefused(
      `The name of a stream has 1 to ${maxStreamName} characters, not ${stream.length}.`,
    );
  }
  if (events.length === 0) throw new AppendRefused(`There is no event to append to ${stream}.`);
  if (events.some(({ type }) => type === '')) throw new AppendRefused(`An event for ${stream} has no type.`);
};

const refuseTwice = (stream: StreamName, events: readonly NewEvent[]): void => {
  if (events.length === 1 || new Set(events.map(({ id }) => id)).size === events.length) return;
  throw new AppendRefused(`The batch for ${stream} holds one event id twice.`);
};
