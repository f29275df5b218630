import type { Chance, Millis } from './clock.ts';

/**
 * How long to wait before try `attempt` (from 1): doubles from `first` up to `longest`, and a random half of it is left
 * off, so that many who failed together do not come back together.
 */
export const backOff = (
  attempt: number,
  chance: Chance,
  { first = 20, longest = 5_000 }: { readonly first?: Millis; readonly longest?: Millis } = {},
): Millis => {
  const whole = Math.min(longest, first * 2 ** Math.min(attempt - 1, 20));
  return whole * (0.5 + chance.bytes(2).readUInt16BE() / 0x20000);
};
