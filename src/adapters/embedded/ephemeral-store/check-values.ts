import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { findDamage } from '../read-store/find-damage.ts';

/** Beside the file after a clean close: how it was left, so that only a suspicious one is read through. */
const markPath = (path: string): string => `${path}.left`;

const markOf = (path: string): string => {
  const { size, mtimeMs } = statSync(path);
  return `${size} ${mtimeMs}`;
};

/** What is wrong with the file, `undefined` when it can be used. */
export const checkValues = async (path: string): Promise<string | undefined> => {
  const left = existsSync(markPath(path)) ? readFileSync(markPath(path), 'utf8') : undefined;
  rmSync(markPath(path), { force: true });
  if (!existsSync(path) || markOf(path) === left) return undefined;
  const [damaged] = await findDamage([path]);
  return damaged?.reason;
};

export const rememberValues = (path: string): void => {
  writeFileSync(markPath(path), markOf(path), { mode: 0o600 });
};
