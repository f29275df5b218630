import { Type } from '@sinclair/typebox';
import { defineOperation } from './operation.ts';
import { readLog } from './read-log.ts';

const params = Type.Object({}, { additionalProperties: false });

export interface EventStats {
  readonly events: number;
  readonly streams: number;
  readonly first_at: string | null;
  readonly last_at: string | null;
  /** By how many there are, most first. */
  readonly types: readonly { readonly type: string; readonly count: number }[];
  /** By UTC day, oldest first; days without events are left out. */
  readonly days: readonly { readonly day: string; readonly count: number }[];
}

const count = (counts: Map<string, number>, key: string): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

/** Counts what is in the log. Each stream is counted by its first event, so that no names need be remembered. */
export const eventsStats = defineOperation<typeof params, never, EventStats>({
  params,
  run: async ({ log }, _params, watch) => {
    const types = new Map<string, number>();
    const days = new Map<string, number>();
    let events = 0;
    let streams = 0;
    let first: string | null = null;
    let last: string | null = null;
    for await (const batch of readLog(log, 'reading the log', watch)) {
      for (const { type, revision, recordedAt } of batch) {
        events += 1;
        if (revision === 0) streams += 1;
        count(types, type);
        count(days, recordedAt.slice(0, 10));
        first ??= recordedAt;
        last = recordedAt;
      }
    }
    return {
      events,
      streams,
      first_at: first,
      last_at: last,
      types: [...types]
        .map(([type, n]) => ({ type, count: n }))
        .sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1)),
      days: [...days].map(([day, n]) => ({ day, count: n })).sort((a, b) => (a.day < b.day ? -1 : 1)),
    };
  },
});
