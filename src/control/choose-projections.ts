import type { Engines } from './engines.ts';
import { OperationFailed, type Advance } from './protocol.ts';
import type { Watch } from './operation.ts';
import type { RebuildProgress } from '../projections/rebuild.ts';

/**
 * The full names of the projections meant: `posts` stands for `posts@1`; none named means all.
 * @throws OperationFailed for a name that there is not
 */
export const chooseProjections = (
  { projections }: Pick<Engines, 'projections'>,
  names: readonly string[],
): readonly string[] => {
  const all = projections.map(({ name }) => name);
  if (names.length === 0) return all;
  return names.map((asked) => {
    const found = all.find((name) => name === asked || name.startsWith(`${asked}@`));
    if (found !== undefined) return found;
    throw new OperationFailed('not-found', `There is no projection ${asked}. There are: ${all.join(', ')}.`);
  });
};

/** Told by the runner without waiting; a client that is slow or gone must not hold it up. */
export const tellProgress =
  ({ progress }: Pick<Watch<never>, 'progress'>, verb: string) =>
  ({ projection, position, head }: RebuildProgress): void => {
    const advance: Advance = {
      label: `${verb} ${projection}`,
      done: Number(position < head ? position : head),
      total: Number(head),
      unit: 'events',
    };
    progress(advance).catch(() => undefined);
  };
