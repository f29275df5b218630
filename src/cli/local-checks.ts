import { constants } from 'node:fs';
import { access, readdir, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Check } from '../control/doctor.ts';
import { byteSize } from './bars.ts';

const oldestNode = [20, 19] as const;

export const checkNode = (version: string): Check => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const fits = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  return fits
    ? { name: 'node', state: 'ok', found: version }
    : {
        name: 'node',
        state: 'fail',
        found: version,
        advice: `Install Node ${oldestNode.join('.')} or newer.`,
      };
};

const checkDirectory = async (dataDir: string): Promise<Check> => {
  const name = 'data directory';
  const found = await stat(dataDir).catch(() => undefined);
  if (found?.isDirectory() !== true) {
    return {
      name,
      state: 'fail',
      found: `${dataDir} is not there`,
      advice: 'Start Storyline, or give --data-dir.',
    };
  }
  try {
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return {
      name,
      state: 'fail',
      found: `${dataDir} cannot be written`,
      advice: 'Run as the user who owns it.',
    };
  }
  return { name, state: 'ok', found: dataDir };
};

const lowBytes = 1024 ** 3;
const emptyBytes = 64 * 1024 ** 2;

const checkSpace = async (dataDir: string): Promise<Check> => {
  const { bavail, bsize, blocks } = await statfs(dataDir);
  const free = bavail * bsize;
  const found = `${byteSize(free)} free of ${byteSize(blocks * bsize)}`;
  if (free >= lowBytes) return { name: 'disk space', state: 'ok', found };
  return {
    name: 'disk space',
    state: free < emptyBytes ? 'fail' : 'warn',
    found,
    advice: 'Make room: without it writes are answered 507, and reads go on.',
  };
};

/** Keys and everything else below the data directory are for its owner's eyes only. */
const checkModes = async (dataDir: string): Promise<Check> => {
  const open: string[] = [];
  for (const entry of await readdir(dataDir, { withFileTypes: true })) {
    const { mode } = await stat(join(dataDir, entry.name));
    if (!entry.isDirectory() && (mode & 0o077) !== 0) open.push(entry.name);
  }
  const { mode } = await stat(dataDir);
  if (open.length === 0 || (mode & 0o077) === 0)
    return { name: 'file modes', state: 'ok', found: 'for the owner only' };
  return {
    name: 'file modes',
    state: 'warn',
    found: `others may read ${open.slice(0, 5).join(', ')}`,
    advice: `chmod -R go= ${dataDir}`,
  };
};

/** What can be checked without the engines, so also when they do not open. */
export const checkSurroundings = async (dataDir: string): Promise<readonly Check[]> => {
  const directory = await checkDirectory(dataDir);
  const node = checkNode(process.versions.node);
  if (directory.state === 'fail') return [node, directory];
  return [node, directory, await checkSpace(dataDir), await checkModes(dataDir)];
};
