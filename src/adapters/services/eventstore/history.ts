import { BACKWARDS, END, FORWARDS, START, type AllStreamResolvedEvent } from '@eventstore/db-client';
import type { Millis } from '../../../core/clock.ts';
import type { StreamName } from '../../../core/ids.ts';
import { start, type Position } from '../../../core/position.ts';
import type { ReadAllOptions, ReadStreamOptions, RecordedEvent } from '../../../ports/event-log.ts';
import { UnknownPlace, type Calls } from './calls.ts';
import { positionOf, toRecorded, type StreamEvent } from './envelope.ts';
import type { Horizon } from './horizon.ts';

/** A node that was overtaken in an election would answer with less than was acknowledged. */
export const fromLeader = { requiresLeader: true } as const;

/** So many events of all streams are asked for at once, at most. */
const longestPage = 4_096;

export interface HistoryOptions {
  readonly calls: Calls;
  readonly horizon: Horizon;
  /** Before the name of every stream. */
  readonly prefix: string;
}

/** Everything that reads. */
export class History {
  readonly #options: HistoryOptions;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** `undefined` for what is not ours: the server's own events begin with `$`. */
  ours({ event }: Pick<AllStreamResolvedEvent, 'event'>): RecordedEvent | undefined {
    const { prefix } = this.#options;
    if (event === undefined || event.type.startsWith('$') || event.streamId.startsWith('$')) return undefined;
    if (!event.streamId.startsWith(prefix)) return undefined;
    return toRecorded(
      event,
      event.streamId.slice(prefix.length) as StreamName,
      event.position.commit as Position,
    );
  }

  async readStream(
    stream: StreamName,
    { from, direction = 'forwards', limit }: ReadStreamOptions,
    until?: Millis,
  ): Promise<readonly RecordedEvent[]> {
    const backwards = direction === 'backwards';
    const edge = backwards ? END : START;
    const at = from === undefined ? edge : BigInt(from);
    let found = await this.#streamPage(stream, direction, at, limit, until);
    if (backwards && from !== undefined) {
      // From behind its end a stream is read as if it went on to there, or not at all.
      if (found.length === 0) {
        const page = await this.#streamPage(stream, direction, END, limit, until);
        found = page.filter(({ revision }) => revision <= from);
      }
      const rest = limit - found.length;
      const last = found.at(-1)?.revision ?? 0n;
      if (rest > 0 && last > 0n)
        found = [...found, ...(await this.#streamPage(stream, direction, last - 1n, rest, until))];
    }
    // Only old servers do not tell; then the head is a bound that is safe to wait for.
    const unknown = found.some(({ position }) => positionOf(position) === undefined)
      ? await this.head()
      : start;
    return found.map((event) => toRecorded(event, stream, positionOf(event.position) ?? unknown));
  }

  async #streamPage(
    stream: StreamName,
    direction: 'forwards' | 'backwards',
    fromRevision: typeof START | typeof END | bigint,
    maxCount: number,
    until: Millis | undefined,
  ): Promise<readonly StreamEvent[]> {
    const { calls, prefix } = this.#options;
    const found = await calls.read(
      (client) =>
        client.readStream(`${prefix}${stream}`, { ...fromLeader, direction, fromRevision, maxCount }),
      { until },
    );
    return found.flatMap(({ event }) => (event === undefined ? [] : [event as unknown as StreamEvent]));
  }

  async readAll({ after, limit }: ReadAllOptions): Promise<readonly RecordedEvent[]> {
    const all: RecordedEvent[] = [];
    let passed = this.#options.horizon.from(after);
    for (let pages = 0; ; pages += 1) {
      // The one it begins at, some of the server's own, and many where nothing but others' was met so far.
      const asked = Math.min(longestPage, limit - all.length + 16 * 4 ** pages);
      const page = await this.#pageBehind(passed, asked);
      for (const found of page) {
        const position = found.event!.position.commit as Position;
        // The server's reads include where they begin; nothing stands at the very start but its own events.
        if (position <= passed) continue;
        passed = position;
        const event = this.ours(found);
        if (event !== undefined) all.push(event);
        if (all.length === limit) return all;
      }
      if (page.length < asked) return all;
    }
  }

  /** Backwards to the last event of ours, or to where that is known. */
  async head(): Promise<Position> {
    const { horizon } = this.#options;
    let scanned: Position | undefined;
    let at: Position | undefined;
    for (let asked = 8; ; asked = Math.min(longestPage, 8 * asked)) {
      const page = await this.#page(at, BACKWARDS, asked);
      for (const found of page) {
        const position = found.event!.position.commit as Position;
        scanned ??= position;
        if (position <= horizon.scanned) return this.#scanned(scanned, horizon.head);
        if (this.ours(found) !== undefined) return this.#scanned(scanned, position);
      }
      at = page.at(-1)?.event?.position.commit as Position | undefined;
      if (at === undefined || page.length < asked) return this.#scanned(scanned ?? start, start);
    }
  }

  /** Position of the last event of all, whoever's it is. */
  async end(): Promise<Position> {
    const [last] = await this.#page(undefined, BACKWARDS, 1);
    const position = (last?.event?.position.commit ?? start) as Position;
    this.#options.horizon.see(position);
    return position;
  }

  #scanned(scanned: Position, head: Position): Position {
    this.#options.horizon.scannedTo(scanned, head);
    return head;
  }

  /** From `at` on, inclusive; where no event begins there, from the first one behind it. */
  async #pageBehind(at: Position, maxCount: number): Promise<readonly AllStreamResolvedEvent[]> {
    for (const place of [at, (at + 1n) as Position]) {
      try {
        return await this.#page(place, FORWARDS, maxCount, true);
      } catch (error) {
        if (!(error instanceof UnknownPlace)) throw error;
      }
    }
    // Only operators ask for places in between, and near the end.
    let first: Position | undefined;
    for (let from: Position | undefined; ;) {
      const page = await this.#page(from, BACKWARDS, longestPage);
      for (const { event } of page) {
        if (event!.position.commit <= at)
          return first === undefined ? [] : this.#page(first, FORWARDS, maxCount);
        first = event!.position.commit as Position;
      }
      if (page.length < longestPage) return this.#page(first ?? at, FORWARDS, maxCount);
      from = first;
    }
  }

  async #page(
    at: Position | undefined,
    direction: 'forwards' | 'backwards',
    maxCount: number,
    places = false,
  ): Promise<readonly AllStreamResolvedEvent[]> {
    const edge = direction === FORWARDS ? START : END;
    const fromPosition = at === undefined || at === start ? edge : { commit: at, prepare: at };
    const found = await this.#options.calls.read(
      (client) => client.readAll({ ...fromLeader, direction, fromPosition, maxCount }),
      { places },
    );
    return found.filter(({ event }) => event !== undefined);
  }
}
