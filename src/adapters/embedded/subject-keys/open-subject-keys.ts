import { closeSync, fdatasync, fsyncSync } from 'node:fs';
import { promisify } from 'node:util';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Chance, Clock } from '../../../core/clock.ts';
import type { UserId } from '../../../core/ids.ts';
import {
  SubjectErased,
  type MasterKey,
  type SubjectKey,
  type SubjectKeys,
} from '../../../ports/subject-keys.ts';

import { keyCache, type KeyCache } from '../../shared/key-cache.ts';
import { freshKey } from '../../shared/key-wrapping.ts';
import {
  discardNext,
  nextPath,
  openKeyFile,
  readAt,
  replaceKeyFile,
  startKeyFile,
  writeAll,
  wrongMaster,
  type KeyFile,
} from './key-file.ts';
import { loadSlots, masterOf, positionOf, slotsOf } from './load-slots.ts';
import type { SlotIndex } from './slot-index.ts';
import {
  fingerprintOf,
  liveSlot,
  readSlot,
  slotBytes,
  SubjectKeysDamaged,
  tombstone,
  unwrap,
  type HeldSlot,
} from './slot.ts';

export interface SubjectKeysOptions {
  /** The store's own directory, made when missing. */
  readonly directory: string;
  /** The first wraps what is new; the others open what was wrapped before. */
  readonly masters: readonly MasterKey[];
  readonly clock: Clock;
  readonly chance: Chance;
}

/**
 * Keys in a file of fixed slots that are overwritten in place (docs/decisions/0003-embedded-stores.md).
 * @throws Error naming MASTER_KEY when it is not the one that the file was written with.
 * @throws SubjectKeysDamaged when a slot is not what was written.
 */
export const openSubjectKeys = async (options: SubjectKeysOptions): Promise<SubjectKeys> => {
  if (options.masters.length === 0)
    throw new Error('MASTER_KEY is missing: nothing can wrap the keys of subjects.');
  const file = openKeyFile(options.directory, options.masters);
  try {
    return new EmbeddedSubjectKeys(file, options);
  } catch (error) {
    closeSync(file.descriptor);
    throw error;
  }
};

const syncData = promisify(fdatasync);

/** A change that waits for its turn; all that wait go to the disk with one sync. */
interface Change {
  /** Writes, and answers what to do once that is synced. */
  readonly write: () => () => void;
  readonly reject: (error: unknown) => void;
}

/** What this batch wrote for a subject; it holds for the others of the batch, and for all once it is synced. */
interface Unsynced {
  readonly slot: number;
  readonly key: SubjectKey | 'destroyed';
}

class EmbeddedSubjectKeys implements SubjectKeys {
  #file: KeyFile;
  #masters: readonly MasterKey[];
  readonly #chance: Chance;
  readonly #cache: KeyCache;
  readonly #index: SlotIndex;
  #next: number;
  #waiting: Change[] = [];
  readonly #unsynced = new Map<UserId, Unsynced>();
  #turn: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(file: KeyFile, { masters, clock, chance }: SubjectKeysOptions) {
    const { index, next } = loadSlots(file, masters);
    this.#file = file;
    this.#masters = masters;
    this.#chance = chance;
    this.#cache = keyCache(clock);
    this.#index = index;
    this.#next = next;
  }

  async ensure(subject: UserId): Promise<SubjectKey> {
    const found = this.#find(subject) ?? (await this.#change(() => this.#create(subject)));
    if (found === 'destroyed') throw new SubjectErased(subject);
    return found;
  }

  async find(subject: UserId): Promise<SubjectKey | 'destroyed' | undefined> {
    return this.#find(subject);
  }

  async destroy(subject: UserId): Promise<void> {
    this.#assertOpen();
    await this.#change(() => this.#overwrite(subject));
  }

  async rewrap(master: MasterKey): Promise<void> {
    this.#assertOpen();
    await this.#inTurn(() => this.#rewrapAll(master));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#inTurn(async () => {
      closeSync(this.#file.descriptor);
    });
  }

  #assertOpen(): void {
    if (this.#closed) throw new Error('The store of subject keys is closed.');
  }

  #find(subject: UserId): SubjectKey | 'destroyed' | undefined {
    this.#assertOpen();
    const cached = this.#cache.get(subject);
    if (cached !== undefined) return cached;
    const fingerprint = fingerprintOf(subject);
    const slot = this.#index.find(fingerprint);
    if (slot === undefined) return undefined;
    return this.#index.isDestroyed(slot) ? 'destroyed' : this.#read(subject, fingerprint, slot);
  }

  #read(subject: UserId, fingerprint: Buffer, slot: number): SubjectKey | 'destroyed' {
    const where = `Slot ${slot} of ${this.#file.path}`;
    const bytes = readAt(this.#file.descriptor, positionOf(slot), slotBytes);
    const content = readSlot(bytes, where);
    // A destruction whose sync failed may have reached the file all the same.
    if (content.is === 'destroyed') return 'destroyed';
    if (content.is === 'empty' || !content.fingerprint.equals(fingerprint)) {
      throw new SubjectKeysDamaged(`${where} is not what was written there.`);
    }
    const master = masterOf(content.master, this.#masters);
    const key = master === undefined ? undefined : unwrap(bytes, master);
    if (key === undefined) throw wrongMaster(this.#file.path);
    this.#cache.put(subject, key);
    return key;
  }

  /** Runs in turn. */
  #create(subject: UserId): Prepared<SubjectKey | 'destroyed'> {
    const found = this.#unsynced.get(subject)?.key ?? this.#find(subject);
    if (found !== undefined) return { value: found, synced: () => undefined };
    const fingerprint = fingerprintOf(subject);
    const key = freshKey(this.#chance);
    const slot = this.#next;
    writeAll(
      this.#file.descriptor,
      liveSlot(fingerprint, key, this.#masters[0]!, this.#chance),
      positionOf(slot),
    );
    this.#next = slot + 1;
    this.#unsynced.set(subject, { slot, key });
    return {
      value: key,
      synced: () => {
        this.#index.set(fingerprint, slot, false);
        this.#cache.put(subject, key);
      },
    };
  }

  /** Runs in turn. */
  #overwrite(subject: UserId): Prepared<void> {
    const fingerprint = fingerprintOf(subject);
    const slot = this.#unsynced.get(subject)?.slot ?? this.#index.find(fingerprint) ?? this.#next;
    if (!this.#index.isDestroyed(slot)) {
      writeAll(this.#file.descriptor, tombstone(fingerprint, this.#chance), positionOf(slot));
      this.#next = Math.max(this.#next, slot + 1);
    }
    this.#unsynced.set(subject, { slot, key: 'destroyed' });
    this.#cache.drop(subject);
    return {
      value: undefined,
      synced: () => {
        this.#index.set(fingerprint, slot, true);
        this.#cache.drop(subject);
      },
    };
  }

  #change<T>(prepare: () => Prepared<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const write = (): (() => void) => {
        const { value, synced } = prepare();
        return () => {
          synced();
          resolve(value);
        };
      };
      this.#waiting.push({ write, reject });
      void this.#inTurn(() => this.#flush());
    });
  }

  #inTurn(task: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(task);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** Never rejects: each change is told for itself. */
  async #flush(): Promise<void> {
    const batch = this.#waiting;
    if (batch.length === 0) return;
    this.#waiting = [];
    const next = this.#next;
    try {
      const synced = batch.map(({ write }) => write());
      await syncData(this.#file.descriptor);
      for (const settle of synced) settle();
    } catch (error) {
      this.#next = next;
      for (const { reject } of batch) reject(error);
    }
    this.#unsynced.clear();
  }

  /** Into a new file, slot by slot, which then takes the old one's name. */
  async #rewrapAll(master: MasterKey): Promise<void> {
    const { path, descriptor } = this.#file;
    const next = startKeyFile(nextPath(path), master);
    try {
      for (const [slot, bytes, content] of slotsOf(this.#file)) {
        if (slot >= this.#next) break;
        writeAll(
          next,
          content.is === 'live' ? this.#rewrapped(bytes, content, master) : bytes,
          positionOf(slot),
        );
        if (slot % 1_000 === 0) await breathe();
      }
      fsyncSync(next);
    } catch (error) {
      closeSync(next);
      discardNext(path);
      throw error;
    }
    replaceKeyFile(path);
    closeSync(descriptor);
    this.#file = { path, descriptor: next };
    this.#masters = [master, ...this.#masters.filter(({ id }) => id !== master.id)];
  }

  #rewrapped(bytes: Buffer, { fingerprint, master: mark }: HeldSlot, master: MasterKey): Buffer {
    const old = masterOf(mark, this.#masters);
    const key = old === undefined ? undefined : unwrap(bytes, old);
    if (key === undefined) throw wrongMaster(this.#file.path);
    return liveSlot(fingerprint, key, master, this.#chance);
  }
}

interface Prepared<T> {
  readonly value: T;
  readonly synced: () => void;
}
