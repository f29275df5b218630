import { arch, cpus, release, totalmem, type } from 'node:os';
import { pinningNote } from './pinning.ts';

/** Where the figures come from, in one line for the document. */
export const describeMachine = (): string => {
  const cores = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  return `${cores.length} shared cores (${cores[0]?.model ?? 'unknown'}), ${memory} GiB, ${type()} ${release()} ${arch()}; ${pinningNote}`;
};
