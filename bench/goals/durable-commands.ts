import { join } from 'node:path';
import { compare } from '../harness/comparison.ts';
import { commentsLoad } from '../harness/comments-load.ts';
import type { Bench, Goal } from '../harness/goal.ts';
import { driverCore } from '../harness/pinning.ts';
import { withScratch } from '../harness/scratch.ts';
import { startDriver, startStoryline } from '../harness/storyline.ts';

const run = ({ settings }: Bench) =>
  withScratch(async (directory) => {
    const driver = await startDriver(driverCore);
    const durable = await startStoryline({ directory: join(directory, 'durable') });
    const stubbed = await startStoryline({ directory: join(directory, 'stubbed'), withoutAppend: true });
    const { connections } = settings;
    const loadOn = (name: string, { arm: server, port }: typeof durable) =>
      commentsLoad({ name, server, driver, port, connections });
    const ours = await loadOn('embedded log', durable);
    const other = await loadOn('append stubbed out', stubbed);
    const { throughput, cpu, measures } = await compare(ours.arm, other.arm, settings);
    for (const load of [ours, other]) await load.recount();
    for (const arm of [durable.arm, stubbed.arm, driver]) await arm.stop();
    const figure = {
      goal: 1,
      against: 'same stack with the append stubbed out',
      must: { atLeast: 0.6 },
      aim: { atLeast: 0.8 },
      unit: '×',
    } as const;
    return {
      measures,
      figures: [
        {
          ...figure,
          what: 'durable commands over HTTP, CPU per command',
          measured: cpu,
          spread: '95 % confidence' as const,
        },
        {
          ...figure,
          what: `durable commands/s over HTTP, ${connections} connections`,
          measured: throughput,
          spread: 'min–max of rounds' as const,
        },
      ],
    };
  });

export const durableCommands: Goal = {
  name: 'durable-commands',
  number: 1,
  method:
    'Comments on 8 posts by 8 people over HTTP (rate limits off), each answered when its event is synced and the read models ' +
    'show it. The other arm is the same program with a log that keeps events in memory: no encoding, no write, no sync; ' +
    'projections run in both. The CPU ratio decides. All answers must be 201, sampled comments are read back, and the ' +
    'posts’ counters must equal what was acknowledged.',
  run,
};
