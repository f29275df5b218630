import type { Chance, Clock, Millis } from '../../../core/clock.ts';
import { LogUnavailable, type EventLog } from '../../../ports/event-log.ts';
import { Appends } from './appends.ts';
import { Calls } from './calls.ts';
import { readConnectionString } from './connection-string.ts';
import { Connections } from './connections.ts';
import { follow } from './follow.ts';
import { History } from './history.ts';
import { Horizon } from './horizon.ts';

export interface EventStoreOptions {
  /** `esdb://[user:password@]host:port[,…]?…` or `esdb+discover://…`, as EventStoreDB's documentation has them. */
  readonly url: string;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Before the name of every stream, so that several logs can share a server; a log sees only its own. */
  readonly prefix?: string;
  /** After this long without an answer an operation throws `LogUnavailable`, give or take one try. */
  readonly deadline?: Millis;
  /** Told, in a sentence, when the server is lost and when it is back. */
  readonly onNotice?: (sentence: string) => void;
}

/** @throws LogUnavailable when there is no server at the URL. */
export const openEventStoreLog = async (options: EventStoreOptions): Promise<EventLog> => {
  const { clock, chance, prefix = '', deadline = 6_000, onNotice = () => undefined } = options;
  const url = readConnectionString(options.url);
  const connections = new Connections({ url, kind: 0, onNotice });
  const subscriptions = new Connections({ url, kind: 1, onNotice });
  const horizon = new Horizon();
  const perTry = deadline / 3;
  const calls = new Calls({ connections, clock, chance, perTry, deadline });
  const history = new History({ calls, horizon, prefix });
  const appends = new Appends({ calls, history, horizon, prefix, credentials: url.credentials });
  const closing = new AbortController();
  const hangUp = (): void => {
    connections.close();
    subscriptions.close();
  };
  // A URL that the client cannot read is none that comes to life by trying again.
  connections.release(connections.acquire());
  try {
    await history.end();
  } catch (error) {
    hangUp();
    throw error;
  }

  const mustBeOpen = (): void => {
    if (closing.signal.aborted) throw new LogUnavailable('closed', 'The log is closed.');
  };
  const followOptions = { connections: subscriptions, history, horizon, prefix, clock, chance, onNotice };

  return {
    append: async (stream, expected, events) => {
      mustBeOpen();
      return appends.append(stream, expected, events);
    },
    readStream: async (stream, reading) => {
      mustBeOpen();
      const found = await history.readStream(stream, reading);
      if (reading.direction !== 'backwards') appends.learn(stream, found);
      return found;
    },
    readAll: async (reading) => {
      mustBeOpen();
      return history.readAll(reading);
    },
    follow: async function* (after, signal) {
      mustBeOpen();
      const stop = AbortSignal.any([signal, closing.signal]);
      for await (const batch of follow({ ...followOptions, confirmWithin: perTry }, after, stop)) {
        yield batch;
        mustBeOpen();
      }
      mustBeOpen();
    },
    head: async () => {
      mustBeOpen();
      return history.head();
    },
    close: async () => {
      mustBeOpen();
      closing.abort();
      await appends.settled();
      hangUp();
    },
  };
};
