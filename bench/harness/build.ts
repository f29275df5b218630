import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { benchDirectory } from './settings.ts';

/** Compiles sources and arms into `.bench/dist`: what is measured is plain JavaScript, as in production. */
export const buildArms = (): void => {
  const root = join(benchDirectory, '..');
  rmSync(join(benchDirectory, 'dist'), { recursive: true, force: true });
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [
    compiler,
    '-p',
    join(root, 'bench', 'tsconfig.build.json'),
  ]);
  if (status !== 0) throw new Error(`The arms could not be built:\n${stdout.toString()}`);
};
