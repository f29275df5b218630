import type { Measure } from './comparison.ts';
import type { Settings } from './settings.ts';
import type { Estimate } from './statistics.ts';

/** What a figure must reach and should: at least (ratios of speed) or at most (times, memory, growth). */
export interface Bound {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** One line of the table. */
export interface Figure {
  readonly goal: number;
  readonly what: string;
  readonly against: string;
  readonly must: Bound;
  readonly aim: Bound;
  readonly measured: Estimate;
  readonly unit: '×' | 'ms' | 's' | 'MB';
  /** What `low` and `high` are. */
  readonly spread: 'min–max of rounds' | '95 % confidence' | 'one run';
  /** What the reader must know to read it rightly. */
  readonly note?: string;
}

export interface GoalReport {
  readonly figures: readonly Figure[];
  readonly measures: readonly Measure[];
}

export interface Bench {
  readonly settings: Settings;
  /** Progress for people, on standard error. */
  readonly say: (sentence: string) => void;
}

export interface Goal {
  /** By which `npm run bench -- NAME` finds it; so does its number. */
  readonly name: string;
  readonly number: number;
  /** How it is measured and what is checked, for the document. */
  readonly method: string;
  readonly run: (bench: Bench) => Promise<GoalReport>;
}

export type Verdict = 'aim reached' | 'must reached' | 'missed';

const within = (bound: Bound, value: number): boolean =>
  value >= (bound.atLeast ?? -Infinity) && value <= (bound.atMost ?? Infinity);

export const verdictOf = ({ measured, must, aim }: Figure): Verdict =>
  within(aim, measured.value) ? 'aim reached' : within(must, measured.value) ? 'must reached' : 'missed';
