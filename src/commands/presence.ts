import { instant, type Clock, type Instant, type Millis } from '../core/clock.ts';
import type { UserId } from '../core/ids.ts';
import type { Position } from '../core/position.ts';
import type { EphemeralStore } from '../ports/ephemeral-store.ts';
import type { Collection } from '../ports/read-store.ts';

/** The one thing a client reads that is no history: when somebody was last seen (SPEC 2). */
export interface Presence {
  /** Costs nothing to speak of: written down at most once a minute. */
  touch(userId: UserId): void;
  /** In the order of `userIds`; `undefined` for who never was. */
  lastSeen(userIds: readonly UserId[]): Promise<readonly (Instant | undefined)[]>;
  /** Writes down who was seen since the last time. */
  flush(): Promise<void>;
  /** Flushes for the last time. */
  close(): Promise<void>;
}

export interface PresenceDocument {
  readonly seen: Millis;
}

/** Not a projection: nothing to rebuild it from. */
export const presenceCollection = { name: 'presence', indexes: [] } as const;

const flushEvery: Millis = 60_000;
/** Other processes look there for this long. */
const cachedFor: Millis = 600_000;

export const createPresence = (options: {
  readonly ephemeral: EphemeralStore;
  readonly collection: Collection<PresenceDocument>;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}): Presence => {
  const { ephemeral, collection, clock, onError } = options;
  const seen = new Map<UserId, Millis>();
  let touched = new Set<UserId>();
  const stop = new AbortController();

  const cache = (id: UserId): Promise<void> =>
    ephemeral.set(`presence:${id}`, String(seen.get(id) ?? 0), cachedFor);

  const keep = async (ids: readonly UserId[]): Promise<void> => {
    const stored = await collection.getMany(ids);
    const writes = ids.map((id, index) => ({
      id,
      expected: stored[index]?.pos,
      pos: BigInt(seen.get(id) ?? 0) as Position,
      value: { seen: seen.get(id) ?? 0 },
    }));
    await collection.write(writes.filter(({ expected, pos }) => expected === undefined || pos > expected));
  };

  const flush = async (): Promise<void> => {
    const ids = [...touched];
    touched = new Set();
    for (let from = 0; from < ids.length; from += 256) {
      const some = ids.slice(from, from + 256);
      await Promise.all([keep(some), ...some.map(cache)]);
    }
    const old = clock.now() - cachedFor;
    for (const [id, at] of seen) if (at < old && !touched.has(id)) seen.delete(id);
  };

  const run = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await clock.sleep(flushEvery, stop.signal);
      await flush().catch(onError);
    }
  };
  const running = run();

  const look = async (id: UserId, kept: Millis | undefined): Promise<Instant | undefined> => {
    const here = seen.get(id);
    const cached = here === undefined ? await ephemeral.get(`presence:${id}`) : undefined;
    const latest = here ?? Math.max(Number(cached?.value ?? 0), kept ?? 0);
    return latest === 0 ? undefined : instant(latest);
  };

  return {
    touch: (userId) => {
      seen.set(userId, clock.now());
      touched.add(userId);
    },
    lastSeen: async (userIds) => {
      const kept = await collection.getMany(userIds);
      return Promise.all(userIds.map((id, index) => look(id, kept[index]?.value.seen)));
    },
    flush,
    close: async () => {
      stop.abort();
      await running;
      await flush().catch(onError);
    },
  };
};
