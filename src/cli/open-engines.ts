import { existsSync } from 'node:fs';
import { pino } from 'pino';
import { DataDirectoryHeld } from '../adapters/embedded/data-directory.ts';
import { readConfig } from '../config.ts';
import { systemChance, systemClock } from '../core/clock.ts';
import { openEngines as open } from '../open-engines.ts';
import { Unreachable } from './exit-codes.ts';
import type { OpenedEngines } from './work.ts';

export interface OpenOptions {
  /** Begin a new installation where there is none. */
  readonly create?: boolean;
}

/**
 * Opens the engines below the data directory, for when no program runs there.
 * @throws Unreachable when there is nothing to open, or a program holds it that does not answer
 */
export const openEngines = async (
  dataDir: string,
  { create = false }: OpenOptions = {},
): Promise<OpenedEngines> => {
  if (!create && !existsSync(dataDir)) {
    throw new Unreachable(
      `There is no data in ${dataDir}. Start Storyline with "npm start", or give --data-dir.`,
    );
  }
  const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'warn' }, pino.destination(2));
  const config = readConfig({ ...process.env, DATA_DIR: dataDir });
  try {
    const engines = await open(config, { clock: systemClock, chance: systemChance, logger });
    return { engines, close: () => engines.close() };
  } catch (error) {
    if (!(error instanceof DataDirectoryHeld)) throw error;
    throw new Unreachable(
      `${error.message} It does not answer on the control socket (yet): wait until it has started.`,
    );
  }
};
