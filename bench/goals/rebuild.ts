import { join } from 'node:path';
import type { Pass } from '../arms/rebuild.ts';
import { ArmProcess } from '../harness/arm-process.ts';
import type { Measure } from '../harness/comparison.ts';
import type { Bench, Figure, Goal } from '../harness/goal.ts';
import { serverCore } from '../harness/pinning.ts';
import { withScratch } from '../harness/scratch.ts';
import { seededDirectory } from '../harness/seeded.ts';
import { confidence, spread } from '../harness/statistics.ts';

/** A pass over a million events takes so long that fewer of them do. */
const mostRounds = 3;

const measureOf = (arm: string, passes: readonly Pass[]): Measure => ({
  arm,
  perSecond: spread(passes.map(({ events, seconds }) => events / seconds)),
  cpuMicros: confidence(passes.map(({ cpuMicros }) => cpuMicros)),
});

interface Passes {
  readonly reads: Pass[];
  readonly rebuilds: Map<string, Pass[]>;
}

const together = 'all together';

/** In each round the log is read, then each read model is built by itself, then all of them at once. */
const runRounds = async (
  arm: ArmProcess,
  names: readonly string[],
  rounds: number,
  scratch: string,
): Promise<Passes> => {
  const passes: Passes = { reads: [], rebuilds: new Map([...names, together].map((name) => [name, []])) };
  await arm.call('read');
  await arm.beginProfile();
  for (let round = 0; round < rounds; round += 1) {
    passes.reads.push(await arm.call<Pass>('read'));
    for (const [name, rebuilt] of passes.rebuilds) {
      const input = {
        names: name === together ? names : [name],
        directory: join(scratch, `${round}-${name}`),
      };
      rebuilt.push(await arm.call<Pass>('rebuild', input));
    }
  }
  await arm.endProfile('rebuild');
  return passes;
};

const figureOf = (name: string, { reads, rebuilds }: Passes): Figure => {
  const ratios = rebuilds.get(name)!.map(({ seconds }, round) => reads[round]!.seconds / seconds);
  const all = name === together;
  return {
    goal: 10,
    what: all ? 'rebuild of all read models together' : `rebuild of one read model, ${name}`,
    against: 'reading and decoding the same log',
    must: { atLeast: all ? 0.25 : 0.45 },
    aim: { atLeast: all ? 0.4 : 0.6 },
    measured: spread(ratios),
    unit: '×',
    spread: ratios.length > 1 ? 'min–max of rounds' : 'one run',
  };
};

const run = async ({ settings, say }: Bench) => {
  const directory = await seededDirectory('mixed', settings.events, say);
  return withScratch(async (scratch) => {
    const input = { dataDir: join(directory, 'data') };
    const arm = await ArmProcess.start('arms/rebuild.ts', { core: serverCore, input });
    const names = await arm.call<readonly string[]>('names');
    const passes = await runRounds(arm, names, Math.min(mostRounds, settings.rounds), scratch);
    await arm.stop();
    return {
      measures: [
        measureOf('reading and decoding', passes.reads),
        ...[...passes.rebuilds].map(([name, rebuilt]) => measureOf(`rebuild of ${name}`, rebuilt)),
      ],
      figures: [...passes.rebuilds.keys()].map((name) => figureOf(name, passes)),
    };
  });
};

export const rebuild: Goal = {
  name: 'rebuild',
  number: 10,
  method:
    'A history of 1M events in 100,000 streams (5 % posts, 35 % comments, 60 % likes; 40 % of the events with sealed texts) is ' +
    'read and decoded, texts opened, by following the log; then the program’s own runners fill read models from an empty store, ' +
    'one projection at a time and all together. No document may be parked and no batch repeated.',
  run,
};
