import type { EventStoreDBClient, StreamingRead } from '@eventstore/db-client';
import { backOff } from '../../../core/back-off.ts';
import type { Chance, Clock, Millis } from '../../../core/clock.ts';
import { LogDamaged, LogUnavailable } from '../../../ports/event-log.ts';
import type { Connections } from './connections.ts';
import { Lane } from './lane.ts';

/** The client's error types that say for sure what was not done; after any other an append may have landed. */
const clear = new Set([
  'wrong-expected-version',
  'maximum-append-size-exceeded',
  'stream-not-found',
  'stream-deleted',
  'access-denied',
]);

const typeOf = (error: unknown): unknown => (error as { readonly type?: unknown } | null)?.type;

export const isOfType = (error: unknown, type: string): boolean => typeOf(error) === type;

export const isClear = (error: unknown): boolean => clear.has(typeOf(error) as string);

/** The server is gone: as the client says it, or as gRPC does while the client dials anew. */
export const isLost = (error: unknown): boolean =>
  isOfType(error, 'unavailable') || (error as { readonly code?: unknown } | null)?.code === 14;

export const unreachable = (error: unknown): LogUnavailable =>
  new LogUnavailable(
    'unreachable',
    `EventStoreDB does not answer: ${error instanceof Error ? error.message : String(error)}`,
    { cause: error },
  );

/** What no retry heals, as the port knows it. */
export const asFault = (error: unknown): Error => {
  if (isOfType(error, 'access-denied'))
    return new LogUnavailable('unreachable', 'EventStoreDB does not accept our user and password.', {
      cause: error,
    });
  if (isOfType(error, 'stream-deleted'))
    return new LogDamaged('A stream of the log was deleted in EventStoreDB.', { cause: error });
  return error instanceof Error ? error : new Error(String(error));
};

/** At the position that was asked for no event begins. */
export class UnknownPlace extends Error {
  override readonly name = 'UnknownPlace';
}

/** A server that has just started answers `unknown` too, but says so. */
export const isUnknownPlace = (error: unknown): boolean =>
  isOfType(error, 'unknown') && !/not ready/i.test(String(error));

/** The server said nothing for too long. Its own deadlines do not cover reading and dialling (ENGINES, client 3). */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

export interface CallsOptions {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Bound of one try. */
  readonly perTry: Millis;
  /** No new try begins after this long. */
  readonly deadline: Millis;
}

/** Fewer than the streams of one connection, so that what waits does so here, where it is seen. */
const readsAtOnce = 64;

/** Calls that end in time, whatever the server does. */
export class Calls {
  readonly #options: CallsOptions;
  readonly #reads = new Lane(readsAtOnce);
  #failures = 0;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  get perTry(): Millis {
    return this.#options.perTry;
  }

  /** When the tries of an operation that begins now end, on the clock that nobody sets. */
  patience(): Millis {
    return performance.now() + this.#options.deadline;
  }

  pause(attempt: number): Promise<void> {
    return this.#options.clock.sleep(backOff(attempt, this.#options.chance, { longest: 1_000 }));
  }

  /** One try. */
  async once<T>(call: (client: EventStoreDBClient) => Promise<T>, within = this.perTry): Promise<T> {
    const { connections } = this.#options;
    const line = connections.acquire();
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = await Promise.race([
        call(line.client),
        new Promise<never>((_resolve, reject) => {
          timer = setTimeout(() => reject(new NoAnswer(`nothing came within ${within} ms`)), within);
        }),
      ]);
      this.#failures = 0;
      return answer;
    } catch (error) {
      if (isClear(error)) this.#failures = 0;
      else this.#failures += 1;
      if (isLost(error) || this.#failures >= 3) connections.lost(line);
      throw error;
    } finally {
      clearTimeout(timer);
      connections.release(line);
    }
  }

  /**
   * Reads to the end of the answer; tries again until then.
   * @throws LogUnavailable; LogDamaged; UnknownPlace, if asked for by `places`
   */
  read<T>(
    ask: (client: EventStoreDBClient) => StreamingRead<T>,
    {
      until = this.patience(),
      places = false,
    }: { readonly until?: Millis | undefined; readonly places?: boolean } = {},
  ): Promise<readonly T[]> {
    return this.#reads.run(async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await this.#readOnce(ask);
        } catch (error) {
          if (isOfType(error, 'stream-not-found')) return [];
          if (isClear(error)) throw asFault(error);
          if (places && isUnknownPlace(error)) throw new UnknownPlace();
          if (performance.now() > until) throw unreachable(error);
        }
        await this.pause(attempt);
      }
    });
  }

  #readOnce<T>(ask: (client: EventStoreDBClient) => StreamingRead<T>): Promise<readonly T[]> {
    let reading: StreamingRead<T> | undefined;
    return this.once(async (client) => {
      reading = ask(client);
      // The client emits what comes too late as well, and nobody listening would end the process.
      reading.on('error', () => undefined);
      const found: T[] = [];
      for await (const one of reading) found.push(one);
      return found;
    }).finally(() => reading?.cancel().catch(() => undefined));
  }
}
