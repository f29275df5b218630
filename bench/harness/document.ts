import type { Measure } from './comparison.ts';
import { verdictOf, type Bound, type Figure, type Goal } from './goal.ts';
import type { GoalResult } from './results.ts';
import type { Estimate } from './statistics.ts';

const short = (value: number): string => {
  const size = Math.abs(value);
  if (size >= 1000) return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3);
};

const bound = ({ atLeast, atMost }: Bound, unit: string): string =>
  atLeast !== undefined ? `≥ ${atLeast}${unit}` : atMost !== undefined ? `≤ ${atMost}${unit}` : 'none';

const unitOf = ({ unit }: Figure): string => (unit === '×' ? '' : ` ${unit}`);

/** JSON has no infinity: what one round tells about its spread comes back from the file as `null`. */
const range = ({ low, high }: Estimate): string =>
  Number.isFinite(low) && Number.isFinite(high) ? `${short(low)}–${short(high)}` : 'one round';

const cells = (values: readonly string[]): string => `| ${values.join(' | ')} |`;

const header = (titles: readonly string[]): string[] => [cells(titles), cells(titles.map(() => '---'))];

export const figureRow = (figure: Figure): string => {
  const unit = unitOf(figure);
  const verdict = verdictOf(figure);
  return cells([
    String(figure.goal),
    figure.what,
    figure.against,
    bound(figure.must, unit),
    bound(figure.aim, unit),
    `**${short(figure.measured.value)}${unit}**`,
    figure.spread === 'one run' ? 'one run' : `${range(figure.measured)} (${figure.spread})`,
    verdict === 'missed' ? '**missed**' : verdict,
  ]);
};

const figureTitles = ['#', 'what', 'against', 'must', 'aim', 'measured', 'spread', 'verdict'];

const measureRow = ({ arm, perSecond, cpuMicros, p50, p99, driverCpu }: Measure): string =>
  cells([
    arm,
    `${short(perSecond.value)} (${range(perSecond)})`,
    Number.isNaN(cpuMicros.value) ? '' : `${short(cpuMicros.value)} (${range(cpuMicros)})`,
    p50 === undefined ? '' : short(p50),
    p99 === undefined ? '' : short(p99),
    driverCpu === undefined ? '' : `${Math.round(driverCpu * 100)} %`,
  ]);

const measureTitles = ['arm', 'per second (min–max)', 'CPU µs each (95 %)', 'p50 ms', 'p99 ms', 'driver CPU'];

/** The table that people look at first. */
export const figureTable = (results: readonly GoalResult[]): string =>
  [...header(figureTitles), ...results.flatMap(({ figures }) => figures.map(figureRow))].join('\n');

export const measureTable = (measures: readonly Measure[]): string =>
  [...header(measureTitles), ...measures.map(measureRow)].join('\n');

const runLine = ({ at, node, settings, loadBefore }: GoalResult): string =>
  `Run ${at.slice(0, 16).replace('T', ' ')} UTC, Node ${node.slice(1)}; rounds: ${settings.rounds}, load for ${settings.seconds} s each; load average of the machine before: ${loadBefore.toFixed(1)}.`;

const section = (result: GoalResult, goal: Goal | undefined): string => {
  const notes = result.figures.flatMap(({ note }) => (note === undefined ? [] : [`- ${note}`]));
  return [
    `### Goal ${result.number}: ${result.name}`,
    '',
    goal?.method ?? '',
    '',
    runLine(result),
    ...(result.measures.length === 0 ? [] : ['', measureTable(result.measures)]),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
  ].join('\n');
};

const unique = (values: readonly string[]): string => [...new Set(values)].join(' / ');

/** `docs/performance.md`. */
export const performanceDocument = (
  results: readonly GoalResult[],
  goals: readonly Goal[],
): string => `# Performance

Written by \`npm run bench -- --write-docs\`; do not edit by hand. Figures are ratios to something measured in the same run,
because machines are noisy; absolute rates below are there to be read, nothing is gated on them.

- Machine: ${unique(results.map(({ machine }) => machine))}
- Node: ${unique(results.map(({ node }) => node.slice(1)))}
- Date: ${unique(results.map(({ at }) => at.slice(0, 10)))}

${figureTable(results)}

A missed goal stands here as it was measured. The load average before each goal is given below: where it is well above 0,
other programs used the same two cores (which are two threads of one), and figures are worse and wider than on an idle machine. "CPU" is what the measured process used with all its threads, user and system.

## How it is measured

The measured process runs built JavaScript on one core, the load driver on the other. Two arms run in turn, round by round,
after a warm-up; a ratio is taken within each round, and its median counts. CPU ratios come with a 95 % confidence interval
(Student's t over the rounds). A round in which any answer has another status than the expected one is thrown out with the
whole run, and counters are compared with a recount before a rate is reported.

- \`npm run bench\` runs everything, \`npm run bench -- NAME…\` what is named, \`--list\` names them, \`--profile NAME\` says where the CPU goes.
- \`BENCH_ROUNDS\`, \`BENCH_SECONDS\`, \`BENCH_WARM_UP\`, \`BENCH_CONNECTIONS\`, \`BENCH_EVENTS\`, \`BENCH_WIDE\` make runs shorter or smaller.

${results
  .map((result) =>
    section(
      result,
      goals.find(({ name }) => name === result.name),
    ),
  )
  .join('\n')}`;
