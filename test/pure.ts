type Replaced = { readonly target: object; readonly name: string; readonly was: PropertyDescriptor };

const forbidden = (what: string) => (): never => {
  throw new Error(`Something that must be pure used ${what}.`);
};

const nothingOf = (name: string): unknown =>
  new Proxy(forbidden(name), { get: forbidden(name), construct: forbidden(name) });

/** A given time may be read and written; what is forbidden is to ask what time it is. */
const timeless = (date: DateConstructor): DateConstructor =>
  new Proxy(date, {
    get: (target, name) => (name === 'now' ? forbidden('Date.now') : Reflect.get(target, name)),
    apply: forbidden('Date()'),
    construct: (target, args) =>
      args.length === 0 ? forbidden('new Date()')() : Reflect.construct(target, args),
  });

/**
 * Runs `work`, which is synchronous, in a world without clock, chance, network or process: whoever asks for one throws.
 * Nobody else notices, for nobody else runs meanwhile.
 */
export const purely = <T>(work: () => T): T => {
  const replaced: Replaced[] = [];
  const replace = (target: object, name: string, value: unknown): void => {
    replaced.push({ target, name, was: Object.getOwnPropertyDescriptor(target, name)! });
    Object.defineProperty(target, name, { value, configurable: true, writable: true });
  };
  try {
    replace(globalThis, 'Date', timeless(Date));
    replace(Math, 'random', forbidden('Math.random'));
    for (const name of [
      'crypto',
      'fetch',
      'process',
      'performance',
      'setTimeout',
      'setInterval',
      'setImmediate',
    ]) {
      replace(globalThis, name, nothingOf(name));
    }
    return work();
  } finally {
    for (const { target, name, was } of replaced) Object.defineProperty(target, name, was);
  }
};
