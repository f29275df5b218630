import type { ArmProcess } from './arm-process.ts';
import type { LoadPlan, LoadResult } from './http-load.ts';
import { profiling } from './profile.ts';
import type { Settings } from './settings.ts';
import { confidence, median, spread, type Estimate } from './statistics.ts';

/** What one arm did in one round. */
export interface Round {
  readonly perSecond: number;
  /** Of the measured process, with all its threads, by what it completed. */
  readonly cpuMicros: number;
  readonly p50?: number;
  readonly p99?: number;
  readonly driverCpu?: number;
}

export interface Arm {
  readonly name: string;
  /** Runs for so long and answers what was measured; throws when anything was not as it must be. */
  readonly run: (seconds: number) => Promise<Round>;
  /** The process that is measured, where it can be profiled. */
  readonly server?: ArmProcess;
}

/** One arm over all rounds. */
export interface Measure {
  readonly arm: string;
  readonly perSecond: Estimate;
  readonly cpuMicros: Estimate;
  readonly p50?: number;
  readonly p99?: number;
  readonly driverCpu?: number;
}

export interface Comparison {
  /** Operations a second of ours by those of the other, per round. */
  readonly throughput: Estimate;
  /** CPU of the other per operation by ours, so that 1 is equal and more is better; 95 % confidence. */
  readonly cpu: Estimate;
  readonly measures: readonly Measure[];
}

/** Rounds of both arms in turn, the first one changing, so that what the machine does meanwhile meets both alike. */
export const compare = async (ours: Arm, other: Arm, settings: Settings): Promise<Comparison> => {
  for (const arm of [ours, other]) await arm.run(settings.warmUpSeconds);
  if (profiling()) for (const arm of [ours, other]) await profile(arm, settings);
  const rounds: { readonly ours: Round; readonly other: Round }[] = [];
  for (let round = 0; round < settings.rounds; round += 1) {
    const otherFirst = round % 2 === 1 ? await other.run(settings.seconds) : undefined;
    const measured = await ours.run(settings.seconds);
    rounds.push({ ours: measured, other: otherFirst ?? (await other.run(settings.seconds)) });
  }
  return {
    throughput: spread(rounds.map((round) => round.ours.perSecond / round.other.perSecond)),
    cpu: confidence(rounds.map((round) => round.other.cpuMicros / round.ours.cpuMicros)),
    measures: [
      measureOf(
        ours.name,
        rounds.map((round) => round.ours),
      ),
      measureOf(
        other.name,
        rounds.map((round) => round.other),
      ),
    ],
  };
};

/** One arm by itself, where the other side of the goal is a clock. */
export const repeat = async (arm: Arm, settings: Settings): Promise<Measure> => {
  await arm.run(settings.warmUpSeconds);
  if (profiling()) await profile(arm, settings);
  const rounds: Round[] = [];
  for (let round = 0; round < settings.rounds; round += 1) rounds.push(await arm.run(settings.seconds));
  return measureOf(arm.name, rounds);
};

/** A round of its own, as sampling costs time and both arms may be one process. */
const profile = async ({ name, server, run }: Arm, { seconds }: Settings): Promise<void> => {
  await server?.beginProfile();
  await run(seconds);
  await server?.endProfile(name);
};

const measureOf = (arm: string, rounds: readonly Round[]): Measure => {
  const middle = (name: 'p50' | 'p99' | 'driverCpu') => {
    const values = rounds.flatMap((round) => round[name] ?? []);
    return values.length === 0 ? {} : { [name]: median(values) };
  };
  return {
    arm,
    perSecond: spread(rounds.map(({ perSecond }) => perSecond)),
    cpuMicros: confidence(rounds.map(({ cpuMicros }) => cpuMicros)),
    ...middle('p50'),
    ...middle('p99'),
    ...middle('driverCpu'),
  };
};

export interface HttpArmOptions {
  readonly name: string;
  readonly server: ArmProcess;
  readonly driver: ArmProcess;
  readonly plan: Omit<LoadPlan, 'seconds'>;
  /** The only status that counts as done. */
  readonly status: number;
  /** Looks closer at what came back; throws when it is wrong. */
  readonly check?: (result: LoadResult) => Promise<void> | void;
}

/** Load over HTTP from the driver's process; a round in which any answer had another status is no round. */
export const httpArm = ({ name, server, driver, plan, status, check }: HttpArmOptions): Arm => ({
  name,
  server,
  run: async (seconds) => {
    const before = await server.cpu();
    const result = await driver.call<LoadResult>('load', { ...plan, seconds });
    const cpu = (await server.cpu()) - before;
    if (result.answers === 0 || result.statuses[status] !== result.answers) {
      const sample = result.samples.find((answer) => answer.status !== status);
      throw new Error(
        `${name}: answers by status were ${JSON.stringify(result.statuses)}, all must be ${status}. ${sample?.body ?? ''}`,
      );
    }
    await check?.(result);
    const { perSecond, p50, p99, driverCpu } = result;
    return { perSecond, cpuMicros: cpu / result.answers, p50, p99, driverCpu };
  },
});
