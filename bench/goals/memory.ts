import { seededPost } from '../arms/histories.ts';
import { Api } from '../harness/api.ts';
import type { ArmProcess } from '../harness/arm-process.ts';
import type { Bench, Figure, Goal } from '../harness/goal.ts';
import type { LoadResult } from '../harness/http-load.ts';
import { driverCore } from '../harness/pinning.ts';
import { bearer, getRequest } from '../harness/requests.ts';
import { seededDirectory } from '../harness/seeded.ts';
import { startDriver, startStoryline } from '../harness/storyline.ts';

const postsRead = 2_000;
/** Events of the history that stands for "empty": it can be read in the same way. */
const fewEvents = 2_000;
const runs = 5;
const kibibytes = 1024;

interface Held {
  /** MB of RssAnon and of live JavaScript objects, first as started, then after each run of reads. */
  readonly resident: readonly number[];
  readonly heap: readonly number[];
}

/** After garbage is collected, twice, because the first run only frees what the second one finds unused. */
const settled = async (arm: ArmProcess): Promise<readonly [number, number]> => {
  for (let turn = 0; turn < 2; turn += 1) await arm.call('collectGarbage');
  const { heapUsed } = await arm.call<NodeJS.MemoryUsage>('memory');
  return [arm.anonymousMemory() / kibibytes, heapUsed / 1e6];
};

const readsOf = (events: number, token: string): readonly string[] => {
  const posts = Math.max(1, Math.ceil(events / 200));
  return Array.from({ length: postsRead }, (_, index) => {
    const post = seededPost(`mixed-${(index * 7) % posts}`);
    return getRequest(`/posts/${post}${index % 2 === 0 ? '' : '/comments'}`, bearer(token));
  });
};

const heldWith = async (events: number, driver: ArmProcess, { settings, say }: Bench): Promise<Held> => {
  const directory = await seededDirectory('mixed', events, say);
  const { arm, port } = await startStoryline({ directory, nodeArguments: ['--expose-gc'] });
  const [reader] = await new Api(port).people(1);
  const plan = { port, connections: settings.connections, requests: readsOf(events, reader!.token) };
  const held = [await settled(arm)];
  for (let run = 0; run < runs; run += 1) {
    const { statuses, answers } = await driver.call<LoadResult>('load', {
      ...plan,
      seconds: settings.seconds,
    });
    if (statuses[200] !== answers) throw new Error(`Reads were answered ${JSON.stringify(statuses)}.`);
    held.push(await settled(arm));
  }
  await arm.stop();
  return { resident: held.map(([resident]) => resident), heap: held.map(([, heap]) => heap) };
};

const one = (value: number) => ({ value, low: value, high: value });
const list = (values: readonly number[]): string => values.map((value) => value.toFixed(0)).join(', ');

const run = async (bench: Bench) => {
  const driver = await startDriver(driverCore);
  const few = await heldWith(fewEvents, driver, bench);
  const many = await heldWith(bench.settings.events, driver, bench);
  await driver.stop();
  const early = Math.max(...many.resident.slice(1, 4));
  const late = Math.max(...many.resident.slice(4));
  const figure = { goal: 15, unit: 'MB', spread: 'one run' } as const;
  const figures: readonly Figure[] = [
    {
      ...figure,
      what: 'memory (RssAnon) that 1M events in 100,000 streams add, under reads',
      against: 'the same start and reads with 2,000 events',
      must: { atMost: 64 },
      aim: { atMost: 32 },
      measured: one(Math.max(...many.resident) - Math.max(...few.resident)),
      note:
        `RssAnon in MB as started and after each run of reads: with 2,000 events ${list(few.resident)}; with all ${list(many.resident)}. ` +
        `Live JavaScript objects in MB: ${list(few.heap)}; ${list(many.heap)}.`,
    },
    {
      ...figure,
      what: 'highest memory in the last two runs of reads, more than in the first three',
      against: 'flat',
      must: { atMost: 8 },
      aim: { atMost: 4 },
      measured: one(late - early),
      note: 'RssAnon moves by some 20 MB with what V8 and the allocator keep for later; live objects tell whether anything grows.',
    },
  ];
  return { figures, measures: [] };
};

export const memory: Goal = {
  name: 'memory',
  number: 15,
  method:
    'The whole program in one process, RssAnon from /proc after collecting garbage: as started with valid checkpoints, and after each ' +
    'of five runs of reads over up to 2,000 different posts and their comments; once on a history of 2,000 events and once on that of ' +
    'goal 10. The highest of each counts.',
  run,
};
