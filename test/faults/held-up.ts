/** Calls of several ports, counted together, of which one is held up. */
export interface HeldUp {
  /** The port with its calls counted. */
  readonly wrap: <Port extends object>(port: Port, methods: readonly (keyof Port)[]) => Port;
  /** Resolves when the chosen call is reached. */
  readonly reached: Promise<'held'>;
  /** Lets it go on. */
  readonly resume: () => void;
}

type Method = (...args: unknown[]) => Promise<unknown>;

/** Holds up the `at`-th call, before or after it took effect; for ever unless it is resumed: a crash, or a long sleep. */
export const holdUp = (at: number, when: 'before' | 'after'): HeldUp => {
  let calls = 0;
  let resume = (): void => undefined;
  let reach: (held: 'held') => void = () => undefined;
  const gate = new Promise<void>((resolve) => (resume = resolve));
  const reached = new Promise<'held'>((resolve) => (reach = resolve));
  const stop = async (own: number, now: 'before' | 'after') => {
    if (own !== at || now !== when) return;
    reach('held');
    await gate;
  };
  return {
    reached,
    resume: () => resume(),
    wrap: (port, methods) => {
      const held = (name: keyof typeof port): Method => {
        const method = (port[name] as Method).bind(port);
        return async (...args) => {
          const own = (calls += 1) - 1;
          await stop(own, 'before');
          try {
            return await method(...args);
          } finally {
            await stop(own, 'after');
          }
        };
      };
      return { ...port, ...Object.fromEntries(methods.map((name) => [name, held(name)])) };
    },
  };
};
