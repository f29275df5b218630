import type { Clock, Millis } from '../core/clock.ts';
import { start, type Position } from '../core/position.ts';
import type { Recorded } from '../events/codec.ts';
import type { DomainEvent } from '../events/event-schema.ts';
import { isHeldBack } from './fold.ts';
import { partitionOf } from './partition.ts';
import type { Projection } from './projection.ts';

/** `pending`: not shown within the time given, or held back by a parked document. */
export type Shown = 'shown' | 'pending';

/** How long a client waits for its own write by default (SPEC 1). */
export const defaultWait: Millis = 2_000;

/**
 * How far each projection has come, and who waits for it. Runners of this process announce here; what runners of other
 * processes signal is announced here as well, by whoever receives it.
 */
export interface Progress {
  /** Everything up to `position` is folded and written. Positions never go back. */
  announce(projection: string, generation: number, partition: number, position: Position): void;
  position(projection: string, generation: number, partition: number): Position;
  /** What is parked there, shared with the runner that keeps it up to date. */
  parked(projection: string, generation: number, partition: number): Map<string, Position>;
  /** From now on reads and waits go to this generation; those who wait already wait for it too. */
  goLive(projection: string, generation: number): void;
  live(projection: string): number | undefined;
  /** Waits for those projections only that one of the events changes, in the generation that is read. */
  waitFor(events: readonly Recorded[], timeout?: Millis): Promise<Shown>;
  /** Waits until every read model has come to `position`. */
  waitForPosition(position: Position, timeout?: Millis): Promise<Shown>;
  /** Answers `pending` to everybody who waits. */
  close(): void;
}

interface Wait {
  readonly deadline: Millis;
  readonly settle: (shown: Shown) => void;
  left: number;
}

interface Lane {
  position: Position;
  readonly parked: Map<string, Position>;
  waiters: { readonly position: Position; readonly wait: Wait }[];
}

/** No generation has this number. */
const none = -1;

const newLane = (): Lane => ({ position: start, parked: new Map(), waiters: [] });

/** Where `keys` fails the runner parks the stream, which is found as parked when it has done so. */
const keysOrNone = (projection: Projection, event: DomainEvent): readonly string[] => {
  try {
    return projection.keys(event);
  } catch {
    return [];
  }
};

export const createProgress = (options: {
  readonly projections: readonly Projection[];
  readonly clock: Clock;
  readonly partitions?: number;
}): Progress => {
  const { projections, clock, partitions = 1 } = options;
  const lanes = new Map<string, Lane[]>();
  const liveGenerations = new Map<string, number>();
  const waits = new Set<Wait>();
  const closing = new AbortController();
  /** Until when the sweeper sleeps, and how it is woken for somebody who waits less long. */
  let sweeper: { readonly until: Millis; readonly wake: AbortController } | undefined;

  const byType = new Map<string, Projection[]>();
  for (const projection of projections) {
    for (const type of projection.handles) byType.set(type, [...(byType.get(type) ?? []), projection]);
  }

  const lanesOf = (projection: string, generation: number): Lane[] => {
    const key = `${projection}#${generation}`;
    let found = lanes.get(key);
    if (found === undefined) lanes.set(key, (found = Array.from({ length: partitions }, newLane)));
    return found;
  };

  /** Before a generation is live nobody can say which one to wait for: one that never moves stands in. */
  const liveLanes = (projection: string): Lane[] =>
    lanesOf(projection, liveGenerations.get(projection) ?? none);

  const release = (lane: Lane): void => {
    if (lane.waiters.length === 0) return;
    lane.waiters = lane.waiters.filter(({ position, wait }) => {
      if (position > lane.position) return waits.has(wait);
      wait.left -= 1;
      if (wait.left === 0 && waits.delete(wait)) wait.settle('shown');
      return false;
    });
  };

  /** A lane that stands still would else collect those who gave up. */
  const forgetSettled = (): void => {
    for (const lane of [...lanes.values()].flat()) {
      lane.waiters = lane.waiters.filter(({ wait }) => waits.has(wait));
    }
  };

  const dismissLate = (): void => {
    const now = clock.now();
    const late = [...waits].filter(({ deadline }) => deadline <= now);
    for (const wait of late) {
      waits.delete(wait);
      wait.settle('pending');
    }
    if (late.length > 0) forgetSettled();
  };

  /** One timer for all that wait, for nearly all of them are answered long before their time is over. */
  const sweep = async (): Promise<void> => {
    while (waits.size > 0 && !closing.signal.aborted) {
      let until = Infinity;
      for (const { deadline } of waits) until = Math.min(until, deadline);
      sweeper = { until, wake: new AbortController() };
      await clock.sleep(Math.max(1, until - clock.now()), sweeper.wake.signal);
      dismissLate();
    }
    sweeper = undefined;
  };

  const waitOn = (needs: ReadonlyMap<Lane, Position>, timeout: Millis): Promise<Shown> => {
    if (needs.size === 0) return Promise.resolve('shown');
    if (closing.signal.aborted || timeout <= 0) return Promise.resolve('pending');
    return new Promise((settle) => {
      const wait: Wait = { deadline: clock.now() + timeout, settle, left: needs.size };
      waits.add(wait);
      for (const [lane, position] of needs) lane.waiters.push({ position, wait });
      if (sweeper === undefined) void sweep();
      else if (wait.deadline < sweeper.until) sweeper.wake.abort();
    });
  };

  /** What still has to be waited for; `undefined` when something parked holds one of the events back. */
  const needsOf = (events: readonly Recorded[]): Map<Lane, Position> | undefined => {
    const needs = new Map<Lane, Position>();
    for (const { event, stream, position } of events) {
      for (const projection of byType.get(event.type) ?? []) {
        const live = liveLanes(projection.name);
        for (const id of keysOrNone(projection, event)) {
          const lane = live[partitionOf(id, partitions)]!;
          if (isHeldBack(lane.parked, stream, position, id)) return undefined;
          if (lane.position < position && (needs.get(lane) ?? start) < position) needs.set(lane, position);
        }
      }
    }
    return needs;
  };

  return {
    announce: (projection, generation, partition, position) => {
      const lane = lanesOf(projection, generation)[partition]!;
      if (position <= lane.position) return;
      lane.position = position;
      release(lane);
    },
    position: (projection, generation, partition) => lanesOf(projection, generation)[partition]!.position,
    parked: (projection, generation, partition) => lanesOf(projection, generation)[partition]!.parked,
    goLive: (projection, generation) => {
      const before = liveLanes(projection);
      liveGenerations.set(projection, generation);
      liveLanes(projection).forEach((lane, partition) => {
        const from = before[partition]!;
        if (from === lane) return;
        lane.waiters.push(...from.waiters);
        from.waiters = [];
        release(lane);
      });
    },
    live: (projection) => liveGenerations.get(projection),
    waitFor: async (events, timeout = defaultWait) => {
      const needs = needsOf(events);
      if (needs === undefined) return 'pending';
      if (needs.size === 0) return 'shown';
      const shown = await waitOn(needs, timeout);
      return shown === 'shown' && needsOf(events) === undefined ? 'pending' : shown;
    },
    waitForPosition: (position, timeout = defaultWait) => {
      const needs = new Map<Lane, Position>();
      for (const { name } of projections) {
        for (const lane of liveLanes(name)) if (lane.position < position) needs.set(lane, position);
      }
      return waitOn(needs, timeout);
    },
    close: () => {
      closing.abort();
      sweeper?.wake.abort();
      for (const wait of waits) wait.settle('pending');
      waits.clear();
    },
  };
};
