import type { Goal } from '../harness/goal.ts';
import { durableCommands } from './durable-commands.ts';
import { inProcessCommands } from './in-process-commands.ts';
import { logIns } from './log-ins.ts';
import { memory } from './memory.ts';
import { onePost } from './one-post.ts';
import { pageOfPosts } from './page-of-posts.ts';
import { rebuild } from './rebuild.ts';
import { start } from './start.ts';
import { visibility } from './visibility.ts';
import { widePost } from './wide-post.ts';

/** In the order of their numbers in the goals table. */
export const goals: readonly Goal[] = [
  durableCommands,
  inProcessCommands,
  onePost,
  pageOfPosts,
  visibility,
  rebuild,
  widePost,
  memory,
  start,
  logIns,
];
