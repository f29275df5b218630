import type { Find } from '../../../ports/read-store.ts';
import { indexKey, lowerBound, upperBound } from './index-key.ts';

const maxLimit = 1_024;

/** @throws RangeError when the limit is not one that the port allows. */
export const checkedLimit = (limit: number): number => {
  if (Number.isInteger(limit) && limit >= 1 && limit <= maxLimit) return limit;
  throw new RangeError(`A limit is between 1 and ${maxLimit}, not ${limit}.`);
};

/** No stored key equals a bound, because a bound has no id at its end; only `after` is a whole key and must be left out. */
export const keyRange = ({ equals = [], range = {}, direction, after, limit }: Find) => {
  const behind = after === undefined ? undefined : indexKey(after.key, after.id);
  const low = lowerBound(range.from === undefined ? equals : [...equals, range.from]);
  const high = range.to === undefined ? upperBound(equals) : lowerBound([...equals, range.to]);
  const reverse = direction === 'descending';
  const [first, end] = reverse ? [high, low] : [low, high];
  const goesOn = behind !== undefined && (reverse ? behind.compare(first) < 0 : behind.compare(first) > 0);
  return { start: goesOn ? behind : first, end, exclusiveStart: goesOn, reverse, limit: checkedLimit(limit) };
};
