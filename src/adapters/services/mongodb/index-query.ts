import type { Filter, Sort } from 'mongodb';
import type { Find, IndexSpec, IndexValue } from '../../../ports/read-store.ts';
import type { MongoDocument } from './mongo-document.ts';

const fieldOf = (name: string): string => `v.${name}`;

/** The fields in turn, then the id, as `IndexSpec` has it. */
export const indexKeys = ({ fields }: IndexSpec, direction: 1 | -1 = 1): Record<string, 1 | -1> =>
  Object.fromEntries([...fields.map(fieldOf), '_id'].map((field) => [field, direction]));

type Condition = Record<string, unknown>;

/** Documents that lack a field are not in the index. */
const present = { $exists: true, $ne: null };

/** Strictly behind a key: equal in a number of fields, beyond in the next one. */
const behind = (
  fields: readonly string[],
  values: readonly IndexValue[],
  beyond: '$gt' | '$lt',
): Condition => ({
  $or: fields.map((field, place) => ({
    ...Object.fromEntries(fields.slice(0, place).map((equal, index) => [equal, values[index]])),
    [field]: { [beyond]: values[place] },
  })),
});

/** The port's question in the server's words. */
export const queryOf = (
  index: IndexSpec,
  { equals = [], range, direction = 'ascending', after }: Find,
): { readonly filter: Filter<MongoDocument>; readonly sort: Sort } => {
  const fields = index.fields.map(fieldOf);
  const conditions: Condition[] = fields.map((field, place) => ({
    [field]: place < equals.length ? equals[place] : present,
  }));
  const ranged = fields[equals.length];
  if (ranged !== undefined && range?.from !== undefined) conditions.push({ [ranged]: { $gte: range.from } });
  if (ranged !== undefined && range?.to !== undefined) conditions.push({ [ranged]: { $lt: range.to } });
  if (after !== undefined) {
    const left = [...fields.slice(equals.length), '_id'];
    const values = [...after.key.slice(equals.length), after.id];
    conditions.push(behind(left, values, direction === 'ascending' ? '$gt' : '$lt'));
  }
  return {
    filter: { $and: conditions },
    sort: indexKeys(index, direction === 'ascending' ? 1 : -1),
  };
};
