import type { Projection } from './projection.ts';
import type { Runtime } from './runtime.ts';

/** Caches live for seconds, so a counter that begins anew after a year meets none of them. */
const counterLife = 365 * 24 * 3_600_000;

/**
 * Grows the counter that caches of a read model key on. What is owed is paid before progress is announced, also when
 * the ephemeral store was away in between.
 */
export interface VersionCounter {
  /** Documents have changed. */
  owe(): void;
  pay(): Promise<void>;
}

export const createVersionCounter = (
  { ephemeral, progress, chance }: Pick<Runtime, 'ephemeral' | 'progress' | 'chance'>,
  { name, versionCounter }: Projection,
  generation: number,
): VersionCounter => {
  if (versionCounter === undefined) return { owe: () => undefined, pay: () => Promise.resolve() };
  // A crash may lose counts, and one between a write and its count leaves one owed: a start leaps to where none was.
  let owed = 1 + chance.bytes(4).readUInt32BE();
  return {
    owe: () => {
      if (progress.live(name) === generation && owed === 0) owed = 1;
    },
    pay: async () => {
      if (owed === 0) return;
      await ephemeral.increment(versionCounter, owed, counterLife, { volatile: true });
      owed = 0;
    },
  };
};

/** Another generation is read from now on, so whatever caches hold is of the one before. */
export const countChange = async (
  { ephemeral }: Pick<Runtime, 'ephemeral'>,
  { versionCounter }: Projection,
): Promise<void> => {
  if (versionCounter !== undefined) {
    await ephemeral.increment(versionCounter, 1, counterLife, { volatile: true });
  }
};
