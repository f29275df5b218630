import { join } from 'node:path';
import { ArmProcess } from '../harness/arm-process.ts';
import { compare, type Arm } from '../harness/comparison.ts';
import type { Bench, Goal } from '../harness/goal.ts';
import type { Completed } from '../harness/in-flight.ts';
import { serverCore } from '../harness/pinning.ts';
import { withScratch } from '../harness/scratch.ts';
import { commentText } from '../harness/texts.ts';

interface CountedArm extends Arm {
  /** Compares what was acknowledged with the events that are in the log. */
  readonly recount: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const startArm = async (kind: 'commands' | 'raw', directory: string, width: number): Promise<CountedArm> => {
  const input = { directory: join(directory, kind), kind, content: commentText };
  const server = await ArmProcess.start('arms/commands-in-process.ts', { core: serverCore, input });
  let acknowledged = 0;
  const name = kind === 'raw' ? 'raw append of the same bytes' : 'commands';
  return {
    name,
    server,
    run: async (seconds) => {
      const before = await server.cpu();
      const { operations, perSecond, p50, p99 } = await server.call<Completed>('run', { width, seconds });
      acknowledged += operations;
      return { perSecond, cpuMicros: ((await server.cpu()) - before) / operations, p50, p99 };
    },
    recount: async () => {
      const counted = await server.call<number>('recount');
      if (counted !== acknowledged)
        throw new Error(`${name}: ${acknowledged} acknowledged, ${counted} in the log.`);
    },
    stop: () => server.stop(),
  };
};

const run = ({ settings }: Bench) =>
  withScratch(async (directory) => {
    const commands = await startArm('commands', directory, settings.connections);
    const raw = await startArm('raw', directory, settings.connections);
    const { throughput, cpu, measures } = await compare(commands, raw, settings);
    for (const arm of [commands, raw]) await arm.recount();
    for (const arm of [commands, raw]) await arm.stop();
    const figure = {
      goal: 2,
      against: 'raw append of the same bytes by the same engine',
      must: { atLeast: 0.4 },
      aim: { atLeast: 0.55 },
      unit: '×',
    } as const;
    return {
      measures,
      figures: [
        {
          ...figure,
          what: 'in-process commands, CPU per command',
          measured: cpu,
          spread: '95 % confidence' as const,
        },
        {
          ...figure,
          what: 'in-process commands/s, 64 in flight',
          measured: throughput,
          spread: 'min–max of rounds' as const,
        },
      ],
    };
  });

export const inProcessCommands: Goal = {
  name: 'in-process-commands',
  number: 2,
  method:
    'Both arms open the embedded log and keep 64 operations in flight on one core. A command loads the post, decides on a ' +
    'new comment, seals its text, appends and reads back; the raw arm appends one such sealed event again and again under ' +
    'new ids to new streams. Afterwards the whole log is read with its checksums, and its events must be as many as were ' +
    'acknowledged. No projections run in either arm.',
  run,
};
