import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SeedInput } from '../arms/seed.ts';
import { Api } from './api.ts';
import { ArmProcess } from './arm-process.ts';
import { serverCore } from './pinning.ts';
import { benchDirectory } from './settings.ts';
import { startStoryline } from './storyline.ts';

/** Change it when the seed writes something else: directories of another version are made anew. */
const version = 1;

/**
 * A directory whose log holds a history and whose read models are up to date, made once and kept in `.bench/data`. The log is
 * named and one person is registered through the program itself; the history is appended to the log, not sent over HTTP.
 */
export const seededDirectory = async (
  kind: SeedInput['kind'],
  size: number,
  say: (sentence: string) => void,
): Promise<string> => {
  const path = join(benchDirectory, 'data', `${kind}-${size}-v${version}`);
  if (existsSync(path)) return path;
  const making = `${path}.new`;
  rmSync(making, { recursive: true, force: true });
  const began = performance.now();
  const first = await startStoryline({ directory: making });
  await new Api(first.port).people(1);
  await first.arm.stop();

  const seeder = await ArmProcess.start('arms/seed.ts', { core: serverCore });
  const input: SeedInput = { dataDir: join(making, 'data'), kind, size };
  const events = await seeder.call<number>('seed', input);
  await seeder.stop();
  const seeded = performance.now();
  say(`seeded ${events} events (${kind}) in ${((seeded - began) / 1000).toFixed(1)} s`);

  const second = await startStoryline({ directory: making });
  await second.arm.stop();
  say(`filled the read models in ${((performance.now() - seeded) / 1000).toFixed(1)} s`);
  renameSync(making, path);
  return path;
};
