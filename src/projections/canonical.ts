import { createHash } from 'node:crypto';

/** JSON with sorted keys and bigint as string: two values that mean the same have the same text. */
export const canonicalJson = (value: unknown): string => {
  if (typeof value === 'bigint') return JSON.stringify(value.toString());
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
    return `{${fields.join(',')}}`;
  }
  return JSON.stringify(value);
};

/** SHA-256 over rows given in the order of their ids; positions and generations are no part of it. */
export interface CanonicalHash {
  add(id: string, canonical: string): void;
  digest(): { readonly hash: string; readonly rows: number };
}

export const createCanonicalHash = (): CanonicalHash => {
  const hash = createHash('sha256');
  let rows = 0;
  return {
    add: (id, canonical) => {
      hash.update(`${JSON.stringify(id)}\t${canonical}\n`);
      rows += 1;
    },
    digest: () => ({ hash: hash.digest('hex'), rows }),
  };
};
