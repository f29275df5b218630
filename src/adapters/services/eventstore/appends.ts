import { NO_STREAM, type AppendResult } from '@eventstore/db-client';
import type { Millis } from '../../../core/clock.ts';
import type { StreamName } from '../../../core/ids.ts';
import type { Position } from '../../../core/position.ts';
import {
  AppendRefused,
  LogUnavailable,
  maxBatchBytes,
  WrongExpectedRevision,
  type Appended,
  type ExpectedRevision,
  type NewEvent,
} from '../../../ports/event-log.ts';
import { asFault, isClear, isOfType, unreachable, type Calls } from './calls.ts';
import type { ConnectionString } from './connection-string.ts';
import { positionOf, toStored } from './envelope.ts';
import { fromLeader, type History } from './history.ts';
import type { Horizon } from './horizon.ts';
import { KnownIds } from './known-ids.ts';
import { Lane } from './lane.ts';

/** One append as the caller meant it; `last` is the expected revision as a number, -1 for `no_stream`. */
interface Batch {
  readonly stream: StreamName;
  readonly expected: ExpectedRevision;
  readonly last: number;
  readonly events: readonly NewEvent[];
}

/** What the stream says to a batch: it is there already, another is, or nothing stands in its place. */
type Found =
  | { readonly is: 'ours'; readonly appended: Appended }
  | { readonly is: 'other'; readonly actual: ExpectedRevision }
  | { readonly is: 'nothing' };

export interface AppendsOptions {
  readonly calls: Calls;
  readonly history: History;
  readonly horizon: Horizon;
  readonly prefix: string;
  readonly credentials: ConnectionString['credentials'];
}

/** More did not get faster (ENGINES, server), and a connection carries 100 calls. */
const appendsAtOnce = 48;
/** The server's limits are wider; a name must stay an index key elsewhere too. */
const longestName = 1_024;
const idsPerPage = 1_024;

/** Decides appends; those to one stream one after another, for calls under way together may land in any order. */
export class Appends {
  readonly #options: AppendsOptions;
  readonly #known = new KnownIds();
  readonly #lane = new Lane(appendsAtOnce);
  readonly #last = new Map<StreamName, Promise<unknown>>();

  constructor(options: AppendsOptions) {
    this.#options = options;
  }

  async append(
    stream: StreamName,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<Appended> {
    refuseMalformed(stream, events);
    const batch = { stream, expected, last: expected === 'no_stream' ? -1 : expected, events };
    const before = this.#last.get(stream) ?? Promise.resolve();
    const own = before.catch(() => undefined).then(() => this.#lane.run(() => this.#decide(batch)));
    this.#last.set(stream, own);
    try {
      return await own;
    } finally {
      if (this.#last.get(stream) === own) this.#last.delete(stream);
    }
  }

  /** When all that are under way have ended. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#last.values());
  }

  /** What was read need not be read again to keep ids unique. */
  learn(stream: StreamName, events: readonly { readonly id: string; readonly revision: number }[]): void {
    this.#known.learn(stream, events);
  }

  async #decide(batch: Batch): Promise<Appended> {
    const { stream, last, events } = batch;
    if (this.#known.upTo(stream) > last) {
      const found = await this.#look(batch);
      if (found.is !== 'nothing') return this.#answer(batch, found);
      // The server was put back to an earlier day: what was known of it is over.
      this.#known.forget(stream);
    }
    await this.#learnUpTo(stream, last);
    const repeated = new Set(events.map(({ id }) => id)).size < events.length;
    if (!repeated && !events.some(({ id }) => this.#known.has(stream, id))) return this.#write(batch);
    // The server would store such an id a second time.
    const found = await this.#look(batch);
    if (found.is !== 'nothing') return this.#answer(batch, found);
    throw new AppendRefused(
      `The batch for ${stream} holds an event id twice, or one that the stream has already.`,
    );
  }

  async #write(batch: Batch): Promise<Appended> {
    const { calls, horizon } = this.#options;
    const until = calls.patience();
    for (let attempt = 1; ; attempt += 1) {
      const { seen } = horizon;
      try {
        return await this.#landed(batch, await this.#send(batch), seen);
      } catch (error) {
        if (error instanceof LogUnavailable) throw error;
        if (isOfType(error, 'wrong-expected-version')) return await this.#lost(batch, error);
        if (isOfType(error, 'maximum-append-size-exceeded'))
          throw new AppendRefused(`The batch for ${batch.stream} is larger than EventStoreDB takes.`, {
            cause: error,
          });
        if (isClear(error)) throw asFault(error);
        // It may have landed, and only the stream knows.
        await calls.pause(attempt);
        const found = await this.#look(batch, until);
        if (found.is !== 'nothing') return this.#answer(batch, found);
        if (performance.now() > until) throw unreachable(error);
      }
    }
  }

  #send({ stream, expected, events }: Batch): Promise<AppendResult> {
    const { calls, prefix, credentials } = this.#options;
    const options = {
      ...fromLeader,
      expectedRevision: expected === 'no_stream' ? (NO_STREAM as typeof NO_STREAM) : BigInt(expected),
      deadline: calls.perTry,
      ...(credentials === undefined ? {} : { credentials }),
    };
    // The deadline is the server's to tell; ours is for when it tells nothing.
    const within = calls.perTry + 250;
    return calls.once(
      (client) => client.appendToStream(`${prefix}${stream}`, events.map(toStored), options),
      within,
    );
  }

  /** `seen` is a position from before: an answer that is not beyond it is a repeat's, whose position says little. */
  async #landed(batch: Batch, answer: AppendResult, seen: Position): Promise<Appended> {
    const { stream, last, events } = batch;
    const revision = last + events.length;
    this.learn(
      stream,
      events.map(({ id }, index) => ({ id, revision: last + 1 + index })),
    );
    const told = positionOf(answer.position);
    const position = told !== undefined && told > seen ? told : await this.#positionAt(stream, revision);
    this.#options.horizon.see(position);
    return { revision, position };
  }

  async #positionAt(stream: StreamName, revision: number): Promise<Position> {
    const { history } = this.#options;
    const [event] = await history.readStream(stream, { from: revision, limit: 1 });
    return event?.position ?? (await history.head());
  }

  /** A conflict, unless it is our own events that stand there. */
  async #lost(batch: Batch, error: unknown): Promise<Appended> {
    const found = await this.#look(batch);
    if (found.is !== 'nothing') return this.#answer(batch, found);
    const { actualVersion: actual } = error as { readonly actualVersion: bigint | 'no_stream' };
    throw new WrongExpectedRevision(
      batch.stream,
      batch.expected,
      typeof actual === 'bigint' ? Number(actual) : 'no_stream',
    );
  }

  #answer({ stream, expected }: Batch, found: Exclude<Found, { readonly is: 'nothing' }>): Appended {
    if (found.is === 'ours') return found.appended;
    throw new WrongExpectedRevision(stream, expected, found.actual);
  }

  async #look({ stream, last, events }: Batch, until?: Millis): Promise<Found> {
    const { history } = this.#options;
    const there = await history.readStream(stream, { from: last + 1, limit: events.length }, until);
    this.learn(stream, there);
    if (there.length === events.length && there.every(({ id }, index) => id === events[index]!.id)) {
      const { revision, position } = there.at(-1)!;
      return { is: 'ours', appended: { revision, position } };
    }
    const [newest] = await history.readStream(stream, { direction: 'backwards', limit: 1 }, until);
    const actual = newest?.revision ?? -1;
    if (actual === last) return { is: 'nothing' };
    return { is: 'other', actual: newest?.revision ?? 'no_stream' };
  }

  async #learnUpTo(stream: StreamName, last: number): Promise<void> {
    while (this.#known.upTo(stream) < last) {
      const from = this.#known.upTo(stream) + 1;
      const limit = Math.min(idsPerPage, last + 1 - from);
      const page = await this.#options.history.readStream(stream, { from, limit });
      this.#known.learn(stream, page);
      // It does not go as far as the writer believed.
      if (page.length < limit) return;
    }
  }
}

const refuseMalformed = (stream: StreamName, events: readonly NewEvent[]): void => {
  if (stream === '' || stream.length > longestName || stream.startsWith('$'))
    throw new AppendRefused(
      `The name of a stream has 1 to ${longestName} characters and begins with no $; it has ${stream.length}.`,
    );
  if (events.length === 0) throw new AppendRefused(`There is no event to append to ${stream}.`);
  if (events.some(({ type }) => type === '' || type.startsWith('$')))
    throw new AppendRefused(`An event for ${stream} has no type, or one that begins with $.`);
  const bytes = Buffer.byteLength(JSON.stringify(events));
  if (bytes > maxBatchBytes)
    throw new AppendRefused(
      `The batch for ${stream} has ${bytes} bytes; at most ${maxBatchBytes} can be appended.`,
    );
};
