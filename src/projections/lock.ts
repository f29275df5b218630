/** Lets one at a time in, in the order of asking. */
export interface Lock {
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when it is the caller's turn, which lasts until the answer is called. */
  hold(): Promise<() => void>;
}

export const createLock = (): Lock => {
  let last: Promise<unknown> = Promise.resolve();
  const run = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
  return {
    run,
    hold: () =>
      new Promise((entered) => {
        void run(() => new Promise<void>((leave) => entered(leave)));
      }),
  };
};
