import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The measured process has a core of its own; load driver and harness share the other. */
export const serverCore = 0;
export const driverCore = 1;

/** How `fork` starts Node on one core: `taskset` replaces itself by Node, so the channel to the child stays. */
export interface Launcher {
  readonly execPath: string;
  readonly execArgv: readonly string[];
}

const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

export const pinningNote = canPin
  ? `server on core ${serverCore}, load driver on core ${driverCore} (taskset)`
  : 'NOT pinned: taskset is missing or there is one core, so that server and driver disturb each other';

export const onCore = (core: number, nodeArguments: readonly string[] = []): Launcher =>
  canPin
    ? { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath, ...nodeArguments] }
    : { execPath: process.execPath, execArgv: nodeArguments };
