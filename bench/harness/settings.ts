import { join, resolve } from 'node:path';

/** How long and how large the runs are; smaller numbers for rehearsals, the defaults for figures that count. */
export interface Settings {
  /** Interleaved rounds per comparison. */
  readonly rounds: number;
  /** Of one round of one arm. */
  readonly seconds: number;
  /** Before the first round of each arm. */
  readonly warmUpSeconds: number;
  readonly connections: number;
  /** Of the history that goals 10, 15 and 16 read. */
  readonly events: number;
  /** Comments and likes of the large post of goal 12. */
  readonly wide: number;
}

export const checkout = join(import.meta.dirname, '..', '..');

/** Built arms, seeded histories and results; stays there, below the checkout so that packages are found. Not committed. */
export const benchDirectory = resolve(process.env['BENCH_DIRECTORY'] ?? join(checkout, '.bench'));

const number = (name: string, fallback: number): number => {
  const text = process.env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (!(value > 0)) throw new Error(`${name} is ${JSON.stringify(text)}, but must be a number above 0.`);
  return value;
};

export const readSettings = (): Settings => ({
  rounds: number('BENCH_ROUNDS', 5),
  seconds: number('BENCH_SECONDS', 3),
  warmUpSeconds: number('BENCH_WARM_UP', 2),
  connections: number('BENCH_CONNECTIONS', 64),
  events: number('BENCH_EVENTS', 1_000_000),
  wide: number('BENCH_WIDE', 1_000_000),
});
