import {
  excludeSystemEvents,
  START,
  streamNameFilter,
  type AllStreamResolvedEvent,
  type AllStreamSubscription,
} from '@eventstore/db-client';
import { backOff } from '../../../core/back-off.ts';
import type { Chance, Clock, Millis } from '../../../core/clock.ts';
import { latest, start, type Position } from '../../../core/position.ts';
import { LogDamaged, type RecordedEvent } from '../../../ports/event-log.ts';
import { isLost, isUnknownPlace } from './calls.ts';
import type { Connections, Line } from './connections.ts';
import type { History } from './history.ts';
import type { Horizon } from './horizon.ts';

export interface FollowOptions {
  readonly connections: Connections;
  readonly history: History;
  readonly horizon: Horizon;
  readonly prefix: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly onNotice: (sentence: string) => void;
  /** A subscription that is not confirmed within this is tried anew. */
  readonly confirmWithin: Millis;
}

const longestBatch = 1_024;
/** So many events wait in this process for a consumer; the rest stays on the server. */
const buffered = 512;
const longestPause: Millis = 2_000;

/**
 * Everything behind `after`, over as many subscriptions as it takes: each begins behind the last event handed out, so that
 * none is skipped or repeated.
 */
export async function* follow(
  options: FollowOptions,
  after: Position,
  stop: AbortSignal,
): AsyncGenerator<readonly RecordedEvent[]> {
  const { clock, chance, onNotice, history, horizon } = options;
  await refuseBeyondEnd(options, after);
  let delivered = after;
  let at = after;
  let failures = 0;
  while (!stop.aborted) {
    const subscription = new Pull(options, horizon.from(at), stop);
    try {
      for (let found = await subscription.next(); found !== undefined; found = await subscription.next()) {
        if (failures > 0) onNotice('EventStoreDB is followed again.');
        failures = 0;
        const batch = found.flatMap((one) => {
          const event = history.ours(one);
          return event === undefined || event.position <= delivered ? [] : [event];
        });
        delivered = batch.at(-1)?.position ?? delivered;
        horizon.see(delivered);
        if (batch.length > 0) yield batch;
        // What was filtered out need not be passed again.
        at = latest(delivered, subscription.passed);
      }
    } catch (error) {
      if (error instanceof LogDamaged) throw error;
      failures += 1;
      // Should the server not know the place that it told us of, then it knows that event.
      if (failures > 1) at = delivered;
      if (failures === 1)
        onNotice(`The subscription to EventStoreDB was lost (${String(error)}); following again.`);
      if (isUnknownPlace(error)) {
        const batch = await nextBehind(history, delivered);
        delivered = at = batch.at(-1)?.position ?? delivered;
        if (batch.length > 0) yield batch;
      }
    } finally {
      subscription.end();
    }
    await clock.sleep(backOff(Math.max(1, failures), chance, { longest: longestPause }), stop);
  }
}

/** A subscription begins at an event only; a read finds the next one from anywhere. */
const nextBehind = async (history: History, after: Position): Promise<readonly RecordedEvent[]> =>
  history.readAll({ after, limit: 1 }).catch((error: unknown) => {
    if (error instanceof LogDamaged) throw error;
    return [];
  });

/** The server would only be silent. */
const refuseBeyondEnd = async ({ history, horizon }: FollowOptions, after: Position): Promise<void> => {
  if (after <= horizon.seen) return;
  const end = await history.end();
  if (after > end)
    throw new LogDamaged(
      `The log is asked for what follows position ${after}, but ends at ${end}: it was replaced by an older one.`,
    );
};

/** One subscription, pulled: what is not asked for holds up the server's side, not this process's memory. */
class Pull {
  readonly #options: FollowOptions;
  readonly #line: Line;
  readonly #subscription: AllStreamSubscription;
  readonly #timer: NodeJS.Timeout;
  readonly #stop: AbortSignal;
  #confirmed = false;
  #failure: unknown;
  #over = false;
  #wake: () => void = () => undefined;
  /** Everything up to here was handed out or filtered out. */
  passed: Position = start;

  constructor(options: FollowOptions, after: Position, stop: AbortSignal) {
    this.#options = options;
    this.#stop = stop;
    this.#line = options.connections.acquire();
    this.#subscription = this.#line.client.subscribeToAll(
      { fromPosition: after === start ? START : { commit: after, prepare: after }, filter: this.#filter() },
      { highWaterMark: buffered },
    );
    this.#timer = setTimeout(
      () => this.#failed(new Error('it was not confirmed in time')),
      options.confirmWithin,
    );
    this.#subscription
      .on('confirmation', () => {
        this.#confirmed = true;
        clearTimeout(this.#timer);
      })
      .on('error', (error: unknown) => this.#failed(error))
      .on('end', () => this.#failed(new Error('the server ended it')))
      .on('close', () => this.#failed(new Error('it was closed')))
      .on('readable', () => this.#wake());
    stop.addEventListener('abort', this.#stopped);
  }

  /** `undefined` when it was stopped. */
  async next(): Promise<readonly AllStreamResolvedEvent[] | undefined> {
    for (;;) {
      if (this.#stop.aborted) return undefined;
      const found: AllStreamResolvedEvent[] = [];
      while (found.length < longestBatch) {
        const one = this.#subscription.read() as AllStreamResolvedEvent | null;
        if (one === null) break;
        found.push(one);
      }
      if (found.length > 0) return found;
      if (this.#over) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Leaving it alone would leak the call (ENGINES, client 8). */
  end(): void {
    clearTimeout(this.#timer);
    this.#stop.removeEventListener('abort', this.#stopped);
    this.#subscription.unsubscribe().catch(() => undefined);
    const { connections } = this.#options;
    if (this.#over && (isLost(this.#failure) || !this.#confirmed)) connections.lost(this.#line);
    connections.release(this.#line);
  }

  readonly #stopped = (): void => this.#wake();

  #failed(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = error;
    this.#wake();
  }

  #filter() {
    const checkpointReached = (_subscription: unknown, { commit }: { readonly commit: bigint }): void => {
      // It can overtake events that are still in the buffer (ENGINES, server).
      if (this.#subscription.readableLength === 0) this.passed = commit as Position;
    };
    const { prefix } = this.#options;
    return prefix === ''
      ? excludeSystemEvents({ checkpointReached, checkpointInterval: 32 })
      : streamNameFilter({ prefixes: [prefix], checkpointReached, checkpointInterval: 32 });
  }
}
