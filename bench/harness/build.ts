import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { benchDirectory, checkout } from './settings.ts';

/** Compiles sources and arms into `.bench/dist`: what is measured is plain JavaScript, as in production. */
export const buildArms = (): void => {
  const outDir = join(benchDirectory, 'dist');
  rmSync(outDir, { recursive: true, force: true });
  const compiler = join(checkout, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(checkout, 'bench', 'tsconfig.build.json');
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', project, '--outDir', outDir]);
  if (status !== 0) throw new Error(`The arms could not be built:\n${stdout.toString()}`);
};
