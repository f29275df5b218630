import { millisOf, type Millis } from '../core/clock.ts';
import type { Position } from '../core/position.ts';
import type { Generations } from '../ports/read-store.ts';
import type { Feed } from './feed.ts';
import type { Runtime } from './runtime.ts';

export type GenerationState = 'live' | 'previous' | 'building';

export interface GenerationStatus {
  readonly projection: string;
  readonly generation: number;
  readonly state: GenerationState;
  readonly position: Position;
  /** Events not yet folded; where 1,024 and more wait, an upper bound from the positions. */
  readonly lagEvents: number;
  /** Age of the oldest event not yet folded. */
  readonly lagMillis: Millis;
  /** Events a second since this process began to feed it. */
  readonly eventsPerSecond: number;
  readonly documents: number;
  readonly failures: number;
  readonly parked: number;
}

const countedAtMost = 1_024;

const stateOf = (generations: Generations, generation: number): GenerationState =>
  generation === generations.live ? 'live' : generation === generations.previous ? 'previous' : 'building';

export const feedStatus = async (
  { log, clock }: Pick<Runtime, 'log' | 'clock'>,
  feed: Feed,
  generations: Generations,
): Promise<GenerationStatus> => {
  const { position, events, documents, failures, parked } = feed.status();
  const head = await log.head();
  const waiting = position < head ? await log.readAll({ after: position, limit: countedAtMost }) : [];
  const elapsed = clock.now() - feed.began;
  return {
    projection: feed.projection.name,
    generation: feed.generation,
    state: stateOf(generations, feed.generation),
    position,
    lagEvents: waiting.length < countedAtMost ? waiting.length : Number(head - position),
    lagMillis: waiting.length === 0 ? 0 : Math.max(0, clock.now() - millisOf(waiting[0]!.recordedAt)),
    eventsPerSecond: elapsed > 0 ? Math.round((events * 1000) / elapsed) : 0,
    documents,
    failures,
    parked,
  };
};
