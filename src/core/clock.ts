import { setTimeout as delay } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import type { Brand } from './brand.ts';

/** A moment as ISO 8601 in UTC with milliseconds and `Z`; such strings sort as time does. */
export type Instant = Brand<string, 'Instant'>;

/** Milliseconds, as a duration or since the Unix epoch. */
export type Millis = number;

/** The only way to the time: injected, so that tests and simulations step it. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): Millis;
  /** Resolves after `duration` milliseconds of this clock, or at once when `signal` aborts; never rejects. */
  sleep(duration: Millis, signal?: AbortSignal): Promise<void>;
}

/** The only way to chance: injected, so that a seeded run repeats itself. */
export interface Chance {
  bytes(length: number): Buffer;
}

/** @throws RangeError when `millis` is no representable time. */
export const instant = (millis: Millis): Instant => new Date(millis).toISOString() as Instant;

export const millisOf = (at: Instant): Millis => Date.parse(at);

/** An ISO 8601 time *with* an offset, normalised to UTC; `undefined` for anything else. */
export const parseInstant = (text: string): Instant | undefined => {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined;
  const millis = Date.parse(text);
  return Number.isNaN(millis) ? undefined : instant(millis);
};

/** `setTimeout` beyond 2^31−1 ms fires at once (RELIABILITY, "Time"), so longer sleeps are cut into these. */
const longestTimer: Millis = 60_000;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (duration, signal) => {
    const until = Date.now() + duration;
    for (let left = duration; left > 0 && signal?.aborted !== true; left = until - Date.now()) {
      const options = signal === undefined ? { ref: true } : { signal };
      await delay(Math.min(left, longestTimer), undefined, options).catch(() => undefined);
    }
  },
};

const poolSize = 8192;
const longestFromPool = 64;

/** Small requests share one call to the system's generator (2 µs each otherwise); no byte is given out twice. */
const createSystemChance = (): Chance => {
  let pool = Buffer.alloc(0);
  return {
    bytes: (length) => {
      if (length > longestFromPool) return randomBytes(length);
      if (pool.length < length) pool = randomBytes(poolSize);
      const taken = Buffer.from(pool.subarray(0, length));
      pool.fill(0, 0, length);
      pool = pool.subarray(length);
      return taken;
    },
  };
};

export const systemChance: Chance = createSystemChance();
