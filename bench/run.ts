import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { goals } from './goals/all.ts';
import { buildArms } from './harness/build.ts';
import { figureTable, measureTable, performanceDocument } from './harness/document.ts';
import type { Goal } from './harness/goal.ts';
import { pinningNote } from './harness/pinning.ts';
import { keepResult, readResults, resultOf, type GoalResult } from './harness/results.ts';
import { seededDirectory } from './harness/seeded.ts';
import { benchDirectory, checkout, readSettings } from './harness/settings.ts';

const usage = `npm run bench [-- NAME…] [--list] [--profile] [--seed] [--write-docs]

  NAME          a goal by name or number; all when left out
  --list        names the goals
  --profile     says where the CPU of the measured processes goes; its figures do not count
  --seed        makes the histories that some goals read, which takes minutes the first time, and runs nothing
  --write-docs  writes docs/performance.md from the last results, after running what was named (with no name: nothing)
`;

const say = (sentence: string): void => void process.stderr.write(`${sentence}\n`);

const wanted = (names: readonly string[]): readonly Goal[] =>
  names.map((name) => {
    const found = goals.find((goal) => goal.name === name || String(goal.number) === name);
    if (found === undefined) throw new Error(`There is no goal ${name}. See: npm run bench -- --list`);
    return found;
  });

const runGoal = async (goal: Goal, keep: boolean): Promise<GoalResult> => {
  const settings = readSettings();
  say(`goal ${goal.number}, ${goal.name} …`);
  const [loadBefore = NaN] = loadavg();
  const result = resultOf(goal, await goal.run({ settings, say }), settings, loadBefore);
  if (keep) keepResult(result);
  process.stdout.write(`\n${figureTable([result])}\n\n${measureTable(result.measures)}\n\n`);
  return result;
};

const runGoals = async (chosen: readonly Goal[], keep: boolean): Promise<void> => {
  buildArms();
  say(pinningNote);
  const results: GoalResult[] = [];
  for (const goal of chosen) results.push(await runGoal(goal, keep));
  if (results.length > 1) process.stdout.write(`${figureTable(results)}\n`);
};

const writeDocument = async (): Promise<void> => {
  const path = join(checkout, 'docs', 'performance.md');
  const options = { ...(await resolveConfig(path)), filepath: path };
  writeFileSync(path, await format(performanceDocument(readResults(), goals), options));
  say(`Wrote ${path}.`);
};

const seed = async (): Promise<void> => {
  buildArms();
  const { events, wide } = readSettings();
  await seededDirectory('mixed', events, say);
  await seededDirectory('wide', wide, say);
};

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      list: { type: 'boolean' },
      profile: { type: 'boolean' },
      seed: { type: 'boolean' },
      'write-docs': { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return void process.stdout.write(usage);
  if (values.list === true) {
    for (const { number, name } of goals) process.stdout.write(`${String(number).padStart(2)}  ${name}\n`);
    return;
  }
  mkdirSync(benchDirectory, { recursive: true });
  if (values.seed === true) return seed();
  if (values.profile === true) process.env['BENCH_PROFILE'] = 'on';
  const writeOnly = values['write-docs'] === true && positionals.length === 0;
  if (!writeOnly)
    await runGoals(positionals.length === 0 ? goals : wanted(positionals), values.profile !== true);
  if (values['write-docs'] === true) await writeDocument();
};

await main();
