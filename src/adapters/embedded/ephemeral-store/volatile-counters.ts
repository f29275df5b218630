import type { Clock, Millis } from '../../../core/clock.ts';

export interface Count {
  readonly count: number;
  readonly expiresAt: Millis;
}

/** Counts in memory only: a crash loses them, and so does being one of very many. */
export interface VolatileCounters {
  get(key: string): Count | undefined;
  increment(key: string, by: number, ttl: Millis): Count;
  delete(key: string): void;
}

const maxCounters = 100_000;

export const volatileCounters = (clock: Clock): VolatileCounters => {
  const counts = new Map<string, Count>();

  /** Looks at the two oldest each time; one that lives on is put behind the others, unless there are too many. */
  const sweep = (now: Millis): void => {
    let looked = 0;
    for (const [key, count] of counts) {
      if (looked === 2) return;
      looked += 1;
      counts.delete(key);
      if (now < count.expiresAt && counts.size < maxCounters) counts.set(key, count);
    }
  };

  const living = (key: string): Count | undefined => {
    const found = counts.get(key);
    return found !== undefined && clock.now() < found.expiresAt ? found : undefined;
  };

  return {
    get: living,
    increment: (key, by, ttl) => {
      const now = clock.now();
      const found = living(key);
      if (found === undefined) sweep(now);
      const next = { count: (found?.count ?? 0) + by, expiresAt: found?.expiresAt ?? now + ttl };
      counts.set(key, next);
      return next;
    },
    delete: (key) => {
      counts.delete(key);
    },
  };
};
