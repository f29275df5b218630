import type { Goal } from '../harness/goal.ts';
import { inProcessCommands } from './in-process-commands.ts';

/** In the order of their numbers in the goals table. */
export const goals: readonly Goal[] = [inProcessCommands];
