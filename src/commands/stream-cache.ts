import type { StreamName } from '../core/ids.ts';
import type { Position } from '../core/position.ts';

/** One command as the stream remembers it: its events stand from revision `from` on. */
export interface RememberedCommand {
  readonly requestMac: string | undefined;
  readonly from: number;
}

/** A stream folded up to `revision` (-1: nothing yet). */
export interface LoadedStream<State> {
  readonly state: State;
  readonly revision: number;
  readonly position: Position;
  /** The newest ones by their id. */
  readonly commands: ReadonlyMap<string, RememberedCommand>;
}

export interface StreamCache {
  get(stream: StreamName): LoadedStream<unknown> | undefined;
  set(stream: StreamName, loaded: LoadedStream<unknown>): void;
  clear(): void;
}

/** Characters of texts that all remembered states may hold together; each takes one byte or two. */
const mostCharacters = 16_000_000;

/** Texts lie at most one level deep in a state; what is in lists is short. */
const charactersOf = (state: unknown, levels = 2): number => {
  if (typeof state === 'string') return state.length;
  if (typeof state !== 'object' || state === null || Array.isArray(state) || levels === 0) return 0;
  let sum = 0;
  for (const value of Object.values(state)) sum += charactersOf(value, levels - 1);
  return sum;
};

interface Entry {
  readonly loaded: LoadedStream<unknown>;
  readonly characters: number;
}

/**
 * Keeps the most recently used streams; correctness never rests on it, for what is newer is read from the log. Long texts
 * count by their length: 4,096 posts of 100,000 characters each would be 800 MB.
 */
export const createStreamCache = (size: number, characters = mostCharacters): StreamCache => {
  const entries = new Map<StreamName, Entry>();
  let total = 0;
  const remove = (stream: StreamName, entry: Entry | undefined): void => {
    if (entry !== undefined && entries.delete(stream)) total -= entry.characters;
  };
  return {
    get: (stream) => {
      const found = entries.get(stream);
      if (found !== undefined) {
        entries.delete(stream);
        entries.set(stream, found);
      }
      return found?.loaded;
    },
    set: (stream, loaded) => {
      remove(stream, entries.get(stream));
      const entry = { loaded, characters: charactersOf(loaded.state) };
      entries.set(stream, entry);
      total += entry.characters;
      while (entries.size > size || total > characters) {
        const [oldest, its] = entries.entries().next().value!;
        remove(oldest, its);
      }
    },
    clear: () => {
      entries.clear();
      total = 0;
    },
  };
};
