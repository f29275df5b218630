import type { StreamName } from '../core/ids.ts';
import type { Position } from '../core/position.ts';

/** One command as the stream remembers it: `count` events from revision `from` on. */
export interface RememberedCommand {
  readonly id: string;
  readonly requestMac: string | undefined;
  readonly from: number;
  readonly count: number;
}

/** A stream folded up to `revision` (-1: nothing yet). */
export interface LoadedStream<State> {
  readonly state: State;
  readonly revision: number;
  readonly position: Position;
  readonly commands: readonly RememberedCommand[];
}

export interface StreamCache {
  get(stream: StreamName): LoadedStream<unknown> | undefined;
  set(stream: StreamName, loaded: LoadedStream<unknown>): void;
  clear(): void;
}

/** Keeps the most recently used streams; correctness never rests on it, for what is newer is read from the log. */
export const createStreamCache = (size: number): StreamCache => {
  const entries = new Map<StreamName, LoadedStream<unknown>>();
  return {
    get: (stream) => {
      const found = entries.get(stream);
      if (found !== undefined) {
        entries.delete(stream);
        entries.set(stream, found);
      }
      return found;
    },
    set: (stream, loaded) => {
      entries.delete(stream);
      entries.set(stream, loaded);
      if (entries.size > size) entries.delete(entries.keys().next().value!);
    },
    clear: () => {
      entries.clear();
    },
  };
};
