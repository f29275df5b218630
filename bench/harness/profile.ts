import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchDirectory } from './settings.ts';

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

export interface Hot {
  readonly where: string;
  /** Of the time that was not idle. */
  readonly share: number;
}

const placeOf = ({ functionName, url, lineNumber }: Profile['nodes'][number]['callFrame']): string => {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  if (!url.startsWith('file:')) return `${name} ${url}`;
  return `${name} ${relative(benchDirectory, fileURLToPath(url))}:${lineNumber + 1}`;
};

/** Where a `.cpuprofile` says that the time went, by itself and not by what was called, the most first. */
export const hottest = (
  path: string,
  count: number,
  by: 'function' | 'file' = 'function',
): readonly Hot[] => {
  const { nodes, samples, timeDeltas } = JSON.parse(readFileSync(path, 'utf8')) as Profile;
  const places = new Map(
    nodes.map(({ id, callFrame }) => {
      const place = placeOf(callFrame);
      return [id, by === 'file' ? fileOf(place) : place];
    }),
  );
  const spent = new Map<string, number>();
  let total = 0;
  for (const [index, id] of samples.entries()) {
    const place = places.get(id)!;
    if (place === '(idle)') continue;
    const delta = timeDeltas[index] ?? 0;
    total += delta;
    spent.set(place, (spent.get(place) ?? 0) + delta);
  }
  return [...spent]
    .map(([where, time]) => ({ where, share: time / total }))
    .sort((a, b) => b.share - a.share)
    .slice(0, count);
};

/** The file, or the package for what lies in `node_modules`. */
const fileOf = (place: string): string => {
  const path = place.slice(place.indexOf(' ') + 1).replace(/:\d+$/, '');
  return /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path;
};

/** Set by `--profile`. */
export const profiling = (): boolean => process.env['BENCH_PROFILE'] === 'on';

export const printProfile = (name: string, path: string): void => {
  for (const by of ['function', 'file'] as const) {
    process.stdout.write(`\n${name}: CPU by ${by} (self)\n`);
    for (const { where, share } of hottest(path, 25, by)) {
      process.stdout.write(`${(share * 100).toFixed(1).padStart(6)} %  ${where}\n`);
    }
  }
};
