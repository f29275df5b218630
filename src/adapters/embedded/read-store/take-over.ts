import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findDamage } from './find-damage.ts';
import { currentBoot, readState, writeState, type LeftFile, type StoreState } from './store-state.ts';

/**
 * Decides what of a directory can be used: after a clean close all that looks as it was left; after a kill all that passes a
 * check; after the machine went down nothing, because nothing was synced. The rest is thrown away, which is said.
 */
export const takeOver = async (
  directory: string,
  onNotice: (sentence: string) => void,
): Promise<StoreState> => {
  const before = readState(directory);
  const boot = currentBoot(`${process.pid} at ${performance.timeOrigin}`);
  const files = environmentFiles(directory);
  const trusted = before === undefined || before === 'damaged' ? undefined : before;
  if (trusted === undefined || (trusted.left === undefined && trusted.boot !== boot)) {
    discardAll(
      directory,
      files,
      onNotice,
      before === 'damaged' ? 'its state file is damaged' : 'it was not closed and the machine was restarted',
    );
  } else {
    await discardDamaged(directory, files, trusted.left, onNotice);
  }
  const { left: _, ...kept } = trusted ?? { generations: {} };
  const state = { ...kept, boot };
  writeState(directory, state);
  return state;
};

/** Names of the environments' files. */
export const environmentFiles = (directory: string): readonly string[] =>
  readdirSync(directory).filter((name) => name.endsWith('.mdb'));

export const removeEnvironment = (directory: string, name: string): void => {
  for (const suffix of ['', '-lock']) rmSync(join(directory, name + suffix), { force: true });
};

const discardAll = (
  directory: string,
  files: readonly string[],
  onNotice: (sentence: string) => void,
  reason: string,
): void => {
  if (files.length === 0) return;
  for (const name of files) removeEnvironment(directory, name);
  onNotice(`The read store ${directory} was thrown away and is rebuilt from the log: ${reason}.`);
};

const discardDamaged = async (
  directory: string,
  files: readonly string[],
  left: Readonly<Record<string, LeftFile>> | undefined,
  onNotice: (sentence: string) => void,
): Promise<void> => {
  const suspicious = files.filter((name) => !isAsLeft(join(directory, name), left?.[name]));
  for (const { path, reason } of await findDamage(suspicious.map((name) => join(directory, name)))) {
    const name = path.slice(directory.length + 1);
    removeEnvironment(directory, name);
    onNotice(`The read model ${name} was thrown away and is rebuilt from the log: ${reason}`);
  }
};

const isAsLeft = (path: string, left: LeftFile | undefined): boolean => {
  const { size, mtimeMs } = statSync(path);
  return left !== undefined && left.size === size && left.mtimeMs === mtimeMs;
};
