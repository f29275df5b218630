import type { StreamName } from '../core/ids.ts';

/** Lets the commands of one stream wait for each other in this process, so that they do not make each other start over. */
export interface StreamQueue {
  run<T>(stream: StreamName, work: () => Promise<T>): Promise<T>;
}

export const createStreamQueue = (): StreamQueue => {
  const last = new Map<StreamName, Promise<unknown>>();
  return {
    run: async (stream, work) => {
      const before = last.get(stream);
      const mine = before === undefined ? work() : before.then(work, work);
      last.set(stream, mine);
      try {
        return await mine;
      } finally {
        if (last.get(stream) === mine) last.delete(stream);
      }
    },
  };
};
