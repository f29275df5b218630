import { seededPost } from '../arms/histories.ts';
import { Api } from '../harness/api.ts';
import type { ArmProcess } from '../harness/arm-process.ts';
import type { Bench, Figure, Goal } from '../harness/goal.ts';
import type { LoadResult } from '../harness/http-load.ts';
import { driverCore } from '../harness/pinning.ts';
import { bearer, getRequest } from '../harness/requests.ts';
import { withScratch } from '../harness/scratch.ts';
import { seededDirectory } from '../harness/seeded.ts';
import { startDriver, startStoryline, type Storyline } from '../harness/storyline.ts';

const postsRead = 2_000;
const megabyte = 1024;

/** After garbage is collected, twice, because the first run only frees what the second one finds unused. */
const settledMemory = async (arm: ArmProcess): Promise<number> => {
  for (let turn = 0; turn < 2; turn += 1) await arm.call('collectGarbage');
  return arm.anonymousMemory() / megabyte;
};

const start = (directory: string): Promise<Storyline> =>
  startStoryline({ directory, nodeArguments: ['--expose-gc'] });

const emptyMemory = (): Promise<number> =>
  withScratch(async (directory) => {
    const { arm, port } = await start(directory);
    await new Api(port).people(1);
    const memory = await settledMemory(arm);
    await arm.stop();
    return memory;
  });

const one = (value: number) => ({ value, low: value, high: value });

const run = async ({ settings, say }: Bench) => {
  const directory = await seededDirectory('mixed', settings.events, say);
  const empty = await emptyMemory();
  const { arm, port } = await start(directory);
  const [reader] = await new Api(port).people(1);
  const started = await settledMemory(arm);

  const driver = await startDriver(driverCore);
  const posts = Math.max(1, Math.ceil(settings.events / 200));
  const requests = Array.from({ length: postsRead }, (_, index) => {
    const post = seededPost(`mixed-${(index * 7) % posts}`);
    const path = index % 2 === 0 ? `/posts/${post}` : `/posts/${post}/comments`;
    return getRequest(path, bearer(reader!.token));
  });
  const plan = { port, connections: settings.connections, requests, seconds: settings.seconds * 2 };
  const after: number[] = [];
  for (let third = 0; third < 3; third += 1) {
    const { statuses, answers } = await driver.call<LoadResult>('load', plan);
    if (statuses[200] !== answers) throw new Error(`Reads were answered ${JSON.stringify(statuses)}.`);
    after.push(await settledMemory(arm));
  }
  for (const each of [arm, driver]) await each.stop();
  const figure = { goal: 15, unit: 'MB', spread: 'one run' } as const;
  const figures: readonly Figure[] = [
    {
      ...figure,
      what: 'memory (RssAnon) with 1M events in 100,000 streams and after reads, more than when empty',
      against: `start when empty (${empty.toFixed(0)} MB)`,
      must: { atMost: 64 },
      aim: { atMost: 32 },
      measured: one(Math.max(started, ...after) - empty),
      note: `RssAnon in MB: empty ${empty.toFixed(1)}, started ${started.toFixed(1)}, after each third of the reads ${after.map((value) => value.toFixed(1)).join(', ')}. Reads fill the bounded cache of documents first.`,
    },
    {
      ...figure,
      what: 'memory after the last third of reads, more than after the first',
      against: 'flat',
      must: { atMost: 8 },
      aim: { atMost: 4 },
      measured: one(after[2]! - after[0]!),
    },
  ];
  return { figures, measures: [] };
};

export const memory: Goal = {
  name: 'memory',
  number: 15,
  method:
    'The whole program in one process, RssAnon from /proc after collecting garbage: on an empty directory with one account, on ' +
    'the history of goal 10 with valid checkpoints, and after each of three runs of reads over 2,000 different posts and their ' +
    'comments. The most of these counts.',
  run,
};
