import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { goals } from '../../bench/goals/all.ts';
import { performanceDocument } from '../../bench/harness/document.ts';
import type { GoalResult } from '../../bench/harness/results.ts';
import { confidence, median, quantile, spread } from '../../bench/harness/statistics.ts';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);

const tiny = {
  BENCH_ROUNDS: '1',
  BENCH_SECONDS: '0.2',
  BENCH_WARM_UP: '0.1',
  BENCH_CONNECTIONS: '8',
  BENCH_EVENTS: '600',
  BENCH_WIDE: '150',
};

describe('the benchmark harness', function () {
  this.timeout(120_000);

  const bench = async (directory: string, ...names: readonly string[]): Promise<readonly GoalResult[]> => {
    await run(process.execPath, ['--import=tsx', 'bench/run.ts', ...names], {
      cwd: root,
      env: { ...process.env, ...tiny, BENCH_DIRECTORY: directory },
    });
    return JSON.parse(readFileSync(join(directory, 'results.json'), 'utf8')) as readonly GoalResult[];
  };

  it('measures commands over HTTP, rebuilds and wide posts, and finds every counter right', async () => {
    mkdirSync(join(root, '.bench'), { recursive: true });
    const directory = mkdtempSync(join(root, '.bench', 'smoke-'));
    try {
      const results = await bench(directory, 'durable-commands', 'rebuild', 'wide-post');
      expect(results.map(({ name }) => name)).to.deep.equal(['durable-commands', 'rebuild', 'wide-post']);
      for (const { figures, measures } of results) {
        expect(figures).to.not.be.empty;
        for (const { measured } of figures) expect(measured.value).to.be.above(0);
        for (const { perSecond } of measures) expect(perSecond.value).to.be.above(0);
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  it('gives every goal a name and a number of its own', () => {
    expect(new Set(goals.map(({ name }) => name))).to.have.lengthOf(goals.length);
    expect(new Set(goals.map(({ number }) => number))).to.have.lengthOf(goals.length);
  });

  it('writes a missed goal into the document as it was measured', () => {
    const result: GoalResult = {
      name: 'one-post',
      number: 6,
      at: '2026-11-21T14:00:00.000Z',
      node: 'v20.20.2',
      machine: 'a machine',
      loadBefore: 0.1,
      settings: { rounds: 5, seconds: 3, warmUpSeconds: 2, connections: 64, events: 1, wide: 1 },
      measures: [],
      figures: [
        {
          goal: 6,
          what: 'GET one post',
          against: 'a constant',
          must: { atLeast: 0.7 },
          aim: { atLeast: 0.85 },
          measured: { value: 0.5, low: 0.45, high: 0.55 },
          unit: '×',
          spread: 'min–max of rounds',
        },
      ],
    };
    expect(performanceDocument([result], goals)).to.include(
      '| 6 | GET one post | a constant | ≥ 0.7 | ≥ 0.85 | **0.500** | 0.450–0.550 (min–max of rounds) | **missed** |',
    );
  });

  it('takes the median of the rounds, and Student’s interval around their mean', () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(quantile([1, 2, 3, 4], 0.5)).to.equal(2.5);
    expect(spread([0.7, 0.9, 0.8])).to.deep.equal({ value: 0.8, low: 0.7, high: 0.9 });
    const { value, low, high } = confidence([1, 2, 3, 4, 5]);
    expect(value).to.equal(3);
    expect(high - value).to.be.closeTo(2.776 * Math.sqrt(2.5 / 5), 1e-9);
    expect(value - low).to.be.closeTo(high - value, 1e-12);
  });
});
