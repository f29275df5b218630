import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Goal, GoalReport } from './goal.ts';
import { describeMachine } from './machine.ts';
import { benchDirectory, type Settings } from './settings.ts';

/** One goal's last run. */
export interface GoalResult extends GoalReport {
  readonly name: string;
  readonly number: number;
  /** ISO 8601, when it ended. */
  readonly at: string;
  readonly node: string;
  readonly machine: string;
  readonly settings: Settings;
  /** Load average of the last minute when it began: above 0 others used the machine. */
  readonly loadBefore: number;
}

const path = (): string => join(benchDirectory, 'results.json');

export const readResults = (): readonly GoalResult[] => {
  try {
    return JSON.parse(readFileSync(path(), 'utf8')) as readonly GoalResult[];
  } catch {
    return [];
  }
};

export const resultOf = (
  { name, number }: Goal,
  report: GoalReport,
  settings: Settings,
  loadBefore: number,
): GoalResult => ({
  name,
  number,
  at: new Date().toISOString(),
  node: process.version,
  machine: describeMachine(),
  settings,
  loadBefore,
  ...report,
});

/** Puts the result in the place of the goal's earlier one, so that goals can be run one by one. */
export const keepResult = (result: GoalResult): readonly GoalResult[] => {
  const others = readResults().filter(({ name }) => name !== result.name);
  const results = [...others, result].sort((a, b) => a.number - b.number);
  mkdirSync(benchDirectory, { recursive: true });
  writeFileSync(path(), `${JSON.stringify(results, null, 2)}\n`);
  return results;
};
