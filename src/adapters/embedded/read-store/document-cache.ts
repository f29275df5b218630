import type { StoredDocument } from '../../../ports/read-store.ts';

/** Known not to exist: whether a reader likes each of twenty posts is asked for every page, and most answers are no. */
export const absent = Symbol('absent');

type Known = StoredDocument<object> | typeof absent;

interface Entry {
  readonly document: Known;
  readonly bytes: number;
}

/** Decoded documents of one collection. The collection's writes keep it true: there is one owner process. */
export interface CachedDocuments {
  get(id: string): Known | undefined;
  put(document: StoredDocument<object>, encodedBytes: number): void;
  putAbsent(id: string): void;
  forget(id: string): void;
  close(): void;
}

/**
 * A budget of bytes that all collections share. Two generations in the place of a list by last use: what is asked for moves
 * to the young one, and when that has taken half of the budget, the old one is let go. A hit costs one look-up.
 */
export interface DocumentCache {
  collection(): CachedDocuments;
}

/** Measured on documents of 300–2,000 bytes: V8 holds about three times the encoded bytes, plus the entry. */
const approximateBytes = (encodedBytes: number): number => encodedBytes * 3 + 250;

export const documentCache = (budget: number): DocumentCache => {
  const members = new Set<Generations>();
  let young = 0;

  const grow = (bytes: number): void => {
    young += bytes;
    if (young < budget / 2) return;
    young = 0;
    for (const member of members) member.turn();
  };

  return {
    collection: () => {
      const generations = new Generations(grow);
      members.add(generations);
      return {
        get: (id) => generations.get(id),
        put: (document, encodedBytes) =>
          generations.put(document.id, document, approximateBytes(encodedBytes)),
        putAbsent: (id) => generations.put(id, absent, approximateBytes(0)),
        forget: (id) => generations.forget(id),
        close: () => {
          members.delete(generations);
          generations.clear();
        },
      };
    },
  };
};

class Generations {
  #young = new Map<string, Entry>();
  #old = new Map<string, Entry>();
  readonly #grow: (bytes: number) => void;

  constructor(grow: (bytes: number) => void) {
    this.#grow = grow;
  }

  get(id: string): Known | undefined {
    const entry = this.#young.get(id);
    if (entry !== undefined) return entry.document;
    const old = this.#old.get(id);
    if (old === undefined) return undefined;
    this.#old.delete(id);
    this.#add(id, old);
    return old.document;
  }

  put(id: string, document: Known, bytes: number): void {
    this.#old.delete(id);
    this.#add(id, { document, bytes });
  }

  forget(id: string): void {
    this.#young.delete(id);
    this.#old.delete(id);
  }

  turn(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }

  clear(): void {
    this.#young = new Map();
    this.#old = new Map();
  }

  #add(id: string, entry: Entry): void {
    const replaced = this.#young.get(id);
    this.#young.set(id, entry);
    this.#grow(entry.bytes - (replaced?.bytes ?? 0));
  }
}
