import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Chance, Clock, Millis } from '../../../core/clock.ts';
import {
  EphemeralStoreUnavailable,
  type EphemeralStore,
  type Unsubscribe,
  type Versioned,
} from '../../../ports/ephemeral-store.ts';
import { openChannels, type Channels } from './channels.ts';
import { checkValues, rememberValues } from './check-values.ts';
import { SyncedValues } from './synced-values.ts';
import { volatileCounters, type VolatileCounters } from './volatile-counters.ts';

export interface EphemeralStoreOptions {
  /** The store's own directory, made when missing. One process at a time: the owner of `DATA_DIR` sees to it. */
  readonly directory: string;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Told, in a sentence, when the store was damaged and begins anew, and when a listener threw. */
  readonly onNotice?: (sentence: string) => void;
  /** Approximate bytes of values that are kept in memory. 8 MB by default. */
  readonly cacheBytes?: number;
}

/** Values with a time to live in LMDB, synced before they are acknowledged (docs/decisions/0003-embedded-stores.md). */
export const openEphemeralStore = async (options: EphemeralStoreOptions): Promise<EphemeralStore> => {
  const onNotice = options.onNotice ?? (() => undefined);
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  const path = join(options.directory, 'values.mdb');
  const damage = await checkValues(path);
  if (damage !== undefined) {
    for (const suffix of ['', '-lock']) rmSync(path + suffix, { force: true });
    onNotice(
      `The ephemeral store ${path} was damaged and begins anew, so everybody signs in again: ${damage}`,
    );
  }
  const values = new SyncedValues(path, options.clock, options.cacheBytes ?? 8_000_000);
  return new EmbeddedEphemeralStore(path, values, openChannels(onNotice), options);
};

class EmbeddedEphemeralStore implements EphemeralStore {
  readonly #path: string;
  readonly #values: SyncedValues;
  readonly #counters: VolatileCounters;
  readonly #channels: Channels;
  readonly #clock: Clock;
  /** Chance, so that a version of this run is none of another. */
  readonly #run: string;
  #versions = 0;
  #closed = false;

  constructor(
    path: string,
    values: SyncedValues,
    channels: Channels,
    { clock, chance }: EphemeralStoreOptions,
  ) {
    this.#path = path;
    this.#values = values;
    this.#counters = volatileCounters(clock);
    this.#channels = channels;
    this.#clock = clock;
    this.#run = chance.bytes(9).toString('base64url');
  }

  async get(key: string): Promise<Versioned | undefined> {
    const record = this.#values.look(key);
    await this.#values.synced(key);
    if (record !== undefined) return { value: record.value, version: record.version };
    const count = this.#counters.get(key)?.count.toString();
    return count === undefined ? undefined : { value: count, version: count };
  }

  async set(key: string, value: string, ttl: Millis): Promise<void> {
    await this.#put(key, value, this.#clock.now() + ttl);
  }

  async compareAndSet(
    key: string,
    expected: string | undefined,
    value: string,
    ttl: Millis,
  ): Promise<string | undefined> {
    if (this.#values.look(key)?.version === expected) return this.#put(key, value, this.#clock.now() + ttl);
    await this.#values.synced(key);
    return undefined;
  }

  async delete(key: string): Promise<void> {
    this.#counters.delete(key);
    if (this.#values.look(key) === undefined) await this.#values.synced(key);
    else await this.#values.put(key, undefined);
  }

  async increment(
    key: string,
    by: number,
    ttl: Millis,
    options?: { readonly volatile?: boolean },
  ): Promise<{ readonly count: number; readonly expiresIn: Millis }> {
    if (options?.volatile === true) {
      this.#assertOpen();
      const { count, expiresAt } = this.#counters.increment(key, by, ttl);
      return { count, expiresIn: expiresAt - this.#clock.now() };
    }
    const record = this.#values.look(key);
    const count = (record === undefined ? 0 : Number(record.value)) + by;
    if (!Number.isSafeInteger(count)) throw new TypeError(`The value of ${key} is no count.`);
    const expiresAt = record?.expiresAt ?? this.#clock.now() + ttl;
    await this.#put(key, count.toString(), expiresAt);
    return { count, expiresIn: expiresAt - this.#clock.now() };
  }

  async publish(channel: string, message: string): Promise<void> {
    this.#assertOpen();
    this.#channels.publish(channel, message);
  }

  async subscribe(channel: string, listener: (message: string) => void): Promise<Unsubscribe> {
    this.#assertOpen();
    return this.#channels.subscribe(channel, listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#values.close();
    rememberValues(this.#path);
  }

  async #put(key: string, value: string, expiresAt: Millis): Promise<string> {
    const version = `${this.#run}.${(this.#versions += 1)}`;
    await this.#values.put(key, { value, version, expiresAt });
    return version;
  }

  #assertOpen(): void {
    if (this.#closed) throw new EphemeralStoreUnavailable('The ephemeral store is closed.');
  }
}
