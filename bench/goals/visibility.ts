import { commentsLoad } from '../harness/comments-load.ts';
import { repeat, type Arm, type Measure } from '../harness/comparison.ts';
import type { Bench, Figure, Goal } from '../harness/goal.ts';
import { driverCore } from '../harness/pinning.ts';
import { withScratch } from '../harness/scratch.ts';
import type { Settings } from '../harness/settings.ts';
import { spread } from '../harness/statistics.ts';
import { startDriver, startStoryline } from '../harness/storyline.ts';
import type { ArmProcess } from '../harness/arm-process.ts';

interface Lags {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

const lagsOver = async (arm: Arm, server: ArmProcess, settings: Settings) => {
  const rounds: Lags[] = [];
  const watched: Arm = {
    ...arm,
    run: async (seconds) => {
      const round = await arm.run(seconds);
      rounds.push(await server.call<Lags>('takeLags'));
      return round;
    },
  };
  const measure: Measure = await repeat(watched, settings);
  const measured = rounds.slice(1);
  const followed = measured.reduce((sum, { count }) => sum + count, 0);
  return {
    measure,
    followed,
    p99: spread(measured.map(({ p99 }) => p99)),
    p50: spread(measured.map(({ p50 }) => p50)),
  };
};

const run = ({ settings, say }: Bench) =>
  withScratch(async (directory) => {
    const driver = await startDriver(driverCore);
    const { arm: server } = await startStoryline({ directory });
    const port = await server.call<number>('listenWithFollowedCommands');
    const { connections } = settings;
    const common = { server, driver, port, connections, headers: { Prefer: 'respond-async' } };
    const full = await commentsLoad({ ...common, name: 'saturated' });
    const saturated = await lagsOver(full.arm, server, settings);
    const rate = saturated.measure.perSecond.value / 2;
    say(`half load is ${Math.round(rate)} commands/s`);
    const paced = await commentsLoad({ ...common, name: 'half load', rate });
    const half = await lagsOver(paced.arm, server, settings);
    for (const load of [full, paced]) await load.recount();
    for (const arm of [server, driver]) await arm.stop();
    const figure = (
      load: string,
      most: number,
      aim: number,
      { p99, p50, followed }: typeof half,
    ): Figure => ({
      goal: 9,
      what: `acknowledged → visible in every read model, p99 ${load}`,
      against: 'clock',
      must: { atMost: most },
      aim: { atMost: aim },
      measured: p99,
      unit: 'ms',
      spread: 'min–max of rounds',
      note: `${load}: median lag ${p50.value.toFixed(2)} ms, ${followed} commands followed.`,
    });
    return {
      measures: [half.measure, saturated.measure],
      figures: [figure('at half load', 5, 2, half), figure('saturated', 25, 25, saturated)],
    };
  });

export const visibility: Goal = {
  name: 'visibility',
  number: 9,
  method:
    'Comments with `Prefer: respond-async`, first as fast as 64 connections can, then at half of that rate. In the server every ' +
    'eighth command is followed on the clock of that process: from when it is executed (its append is acknowledged, its answer ' +
    'not yet written, so that a client sees less than this) until all read models have come to its position, which is what ' +
    '`Storyline-Min-Position` waits for; then its comment must be in the read model. The counters must equal what was acknowledged.',
  run,
};
