import { Redis, ReplyError } from 'ioredis';
import type { Chance, Millis } from '../../../core/clock.ts';
import { EphemeralStoreUnavailable, type EphemeralStore } from '../../../ports/ephemeral-store.ts';
import { createRedisChannels } from './redis-channels.ts';
import { compareAndSetScript, incrementScript } from './scripts.ts';

export interface RedisOptions {
  /** `redis://[user:password@]host:port/db`, or `rediss://` for TLS. */
  readonly url: string;
  readonly chance: Chance;
  /** Before every key and channel, so that several installations can share a server. */
  readonly prefix?: string;
  /** A command that takes longer has failed. */
  readonly commandTimeout?: Millis;
  /** Told, in a sentence, when the connection is lost and when it is back. */
  readonly onNotice?: (sentence: string) => void;
}

const longestWait: Millis = 2_000;

/** Nothing is queued or sent again behind the caller's back: a count would be counted twice. */
const connectionTo = ({ url, chance, commandTimeout = 1_000 }: RedisOptions): Redis =>
  new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    connectTimeout: 2_000,
    commandTimeout,
    // A frozen server is let go of, so that the next attempt meets whoever took its place.
    socketTimeout: 5 * commandTimeout,
    retryStrategy: (attempt) =>
      Math.min(longestWait, 50 * 2 ** Math.min(attempt, 6)) * (0.5 + chance.bytes(1)[0]! / 512),
  });

/** Values are `<version>:<text>`; a version is 96 random bits and so never comes again. */
const versionLength = 16;
const separated = (stored: string) => ({
  version: stored.slice(0, versionLength),
  value: stored.slice(versionLength + 1),
});

/** The server's refusals are the caller's mistake, all else is the connection's. */
const failed = (error: unknown): Error => {
  if (error instanceof ReplyError && /not a count/.test((error as Error).message))
    return new TypeError('The key holds a value, not a count.', { cause: error });
  const reason = error instanceof Error ? error.message : String(error);
  return new EphemeralStoreUnavailable(`Redis does not answer: ${reason}`, {
    cause: error,
  });
};

const watch = (redis: Redis, notice: (sentence: string) => void): void => {
  let lost = false;
  redis.on('error', (error: Error) => {
    if (!lost) notice(`Redis is out of reach (${error.message}); trying again.`);
    lost = true;
  });
  redis.on('ready', () => {
    if (lost) notice('Redis is back.');
    lost = false;
  });
};

/** @throws EphemeralStoreUnavailable when there is no server at the URL. */
export const openRedisEphemeralStore = async (options: RedisOptions): Promise<EphemeralStore> => {
  const { chance, prefix = 'storyline:', onNotice = () => undefined } = options;
  const commands = connectionTo(options);
  const subscriber = connectionTo(options);
  for (const connection of [commands, subscriber]) watch(connection, onNotice);
  try {
    await Promise.all([commands.connect(), subscriber.connect()]);
  } catch (error) {
    commands.disconnect();
    subscriber.disconnect();
    throw failed(error);
  }
  const channels = createRedisChannels(subscriber, prefix);
  const newVersion = (): string => chance.bytes(12).toString('base64url');
  const keyOf = (key: string): string => `${prefix}${key}`;

  const ask = async <T>(question: () => Promise<T>): Promise<T> => {
    try {
      return await question();
    } catch (error) {
      throw failed(error);
    }
  };

  return {
    get: (key) =>
      ask(async () => {
        const stored = await commands.get(keyOf(key));
        return stored === null ? undefined : separated(stored);
      }),
    set: (key, value, ttl) =>
      ask(async () => {
        await commands.set(keyOf(key), `${newVersion()}:${value}`, 'PX', ttl);
      }),
    compareAndSet: (key, expected, value, ttl) =>
      ask(async () => {
        const version = newVersion();
        const stored = `${version}:${value}`;
        const won = await commands.eval(compareAndSetScript, 1, keyOf(key), expected ?? '', stored, ttl);
        return won === 1 ? version : undefined;
      }),
    delete: (key) =>
      ask(async () => {
        await commands.del(keyOf(key));
      }),
    increment: (key, by, ttl) =>
      ask(async () => {
        const answer = await commands.eval(incrementScript, 1, keyOf(key), by, ttl, newVersion());
        const [count, expiresIn] = answer as [number, number];
        return { count, expiresIn };
      }),
    publish: (channel, message) =>
      ask(async () => {
        await commands.publish(keyOf(channel), message);
      }),
    subscribe: (channel, listener) => ask(() => channels.subscribe(channel, listener)),
    close: async () => {
      commands.disconnect();
      subscriber.disconnect();
    },
  };
};
