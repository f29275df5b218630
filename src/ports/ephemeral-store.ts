import type { Millis } from '../core/clock.ts';

/** A value with the version that a compare-and-set needs; versions of one key never repeat while it lives. */
export interface Versioned {
  readonly value: string;
  readonly version: string;
}

export interface Unsubscribe {
  (): void;
}

/** The store cannot be asked now. Whoever needs it to let somebody in answers 503. */
export class EphemeralStoreUnavailable extends Error {
  override readonly name = 'EphemeralStoreUnavailable';
}

/**
 * Values that live for a while: sessions, codes, kept answers, counters, leases; and signals between processes.
 *
 * 1. `set` and `compareAndSet` keep a value until `ttl` milliseconds from then; afterwards it is absent.
 * 2. What they and `increment` acknowledged survives `kill -9` of this process (embedded: synced; Redis: its own policy);
 *    a store that lost everything answers `undefined`, it never answers an older value.
 * 3. `compareAndSet` writes only if the version is still `expected` (`undefined`: absent) and answers the new version,
 *    else `undefined`; of many that race exactly one wins.
 * 4. `increment` adds `by` atomically and answers the new count; the first one starts the ttl, later ones do not move it.
 * 5. With `volatile: true` a count may be lost in a crash, in exchange for speed (rate limits).
 * 6. `delete` makes a key absent; deleting an absent one is fine.
 * 7. `publish` reaches every subscriber of the channel that was subscribed before, at most once each, in order per publisher.
 * 8. A listener that throws disturbs nobody else.
 */
export interface EphemeralStore {
  get(key: string): Promise<Versioned | undefined>;
  set(key: string, value: string, ttl: Millis): Promise<void>;
  compareAndSet(
    key: string,
    expected: string | undefined,
    value: string,
    ttl: Millis,
  ): Promise<string | undefined>;
  delete(key: string): Promise<void>;
  increment(
    key: string,
    by: number,
    ttl: Millis,
    options?: { readonly volatile?: boolean },
  ): Promise<{ readonly count: number; readonly expiresIn: Millis }>;
  publish(channel: string, message: string): Promise<void>;
  subscribe(channel: string, listener: (message: string) => void): Promise<Unsubscribe>;
  close(): Promise<void>;
}
