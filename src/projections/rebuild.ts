import type { Millis } from '../core/clock.ts';
import { start, type Position } from '../core/position.ts';
import type { Feed } from './feed.ts';
import type { Runtime } from './runtime.ts';

/** How far a rebuild has come; positions stand in for events where the log leaves gaps. */
export interface RebuildProgress {
  readonly projection: string;
  readonly events: number;
  readonly position: Position;
  readonly head: Position;
  readonly eventsPerSecond: number;
  /** Until the head as it is now, `undefined` before anything is known. */
  readonly millisLeft: Millis | undefined;
}

export type OnProgress = (progress: RebuildProgress) => void;

/** The rebuild was called off: the program stops. */
export class RebuildStopped extends Error {
  override readonly name = 'RebuildStopped';
}

const tick: Millis = 20;

const progressOf = (feed: Feed, head: Position, elapsed: Millis): RebuildProgress => {
  const { events, position } = feed.status();
  const perMilli = elapsed > 0 ? Number(position - start) / elapsed : 0;
  return {
    projection: feed.projection.name,
    events,
    position,
    head,
    eventsPerSecond: elapsed > 0 ? Math.round((events * 1000) / elapsed) : 0,
    millisLeft:
      position >= head ? 0 : perMilli > 0 ? Math.round(Number(head - position) / perMilli) : undefined,
  };
};

/** Resolves when the feed has come to the log's head as it is then. */
export const untilCaughtUp = async (
  { log, clock }: Pick<Runtime, 'log' | 'clock'>,
  feed: Feed,
  signal: AbortSignal,
  onProgress?: OnProgress,
): Promise<void> => {
  const began = clock.now();
  for (;;) {
    if (signal.aborted) throw new RebuildStopped(`${feed.projection.name}: the rebuild was stopped.`);
    const head = await log.head();
    const progress = progressOf(feed, head, clock.now() - began);
    onProgress?.(progress);
    if (progress.position >= head) return;
    await clock.sleep(tick, signal);
  }
};

const patience: Millis = 5_000;

/**
 * Runs `change` in a moment in which `next` has folded all that `live` shows, so that nobody who has read the one sees
 * less in the other. `live` stands still meanwhile, for some milliseconds.
 */
export const whenLevel = async <T>(
  { clock }: Pick<Runtime, 'clock'>,
  live: Feed,
  next: Feed,
  signal: AbortSignal,
  change: () => Promise<T>,
): Promise<T> => {
  for (;;) {
    if (signal.aborted) throw new RebuildStopped(`${live.projection.name}: the change was stopped.`);
    const resume = await live.pause();
    try {
      const until = clock.now() + patience;
      while (next.status().position < live.status().position && clock.now() < until && !signal.aborted) {
        await clock.sleep(1, signal);
      }
      if (next.status().position >= live.status().position) return await change();
    } finally {
      resume();
    }
    await clock.sleep(tick, signal);
  }
};
