import Table from 'cli-table3';

/** A table with a header line and no boxes: to be read, and cut with awk. */
export const table = (
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
  right: readonly number[] = [],
): string => {
  const drawn = new Table({
    head: [...head],
    colAligns: head.map((_, column) => (right.includes(column) ? 'right' : 'left')),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: Object.fromEntries(
      [
        'top top-mid top-left top-right bottom bottom-mid bottom-left bottom-right',
        'left left-mid mid mid-mid right right-mid middle',
      ]
        .join(' ')
        .split(' ')
        .map((part) => [part, '']),
    ),
  });
  drawn.push(...rows.map((row) => [...row]));
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
};
