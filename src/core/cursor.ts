import { refuse, ok, type Result } from './result.ts';

export type CursorValue = string | number | bigint | boolean;

/** Where a page ended: the index key of its last item and that item's id, as `Find.after` takes them. */
export interface CursorPlace {
  readonly key: readonly CursorValue[];
  readonly id: string;
}

export type CursorRefusal = 'cursor_malformed' | 'cursor_of_another_log';

/** One letter a value: `s`tring, `n`umber, `i`nteger of any size (bigint), `b`oolean. */
export type CursorShape = string;

const letterOf = (value: CursorValue): string =>
  typeof value === 'bigint' ? 'i' : typeof value === 'number' ? 'n' : typeof value === 'boolean' ? 'b' : 's';

/** More than any key we make, less than any address line may hold. */
const longest = 2048;

/**
 * The opaque form of a place. It belongs to one log and to one query: `query` names the route together with whatever
 * filters and order the pages must keep.
 */
export const encodeCursor = (logId: string, query: string, place: CursorPlace): string => {
  const key = place.key.map((value) => [letterOf(value), String(value)]);
  return Buffer.from(JSON.stringify([logId, query, key, place.id])).toString('base64url');
};

const parseValue = (letter: string, text: string): CursorValue | undefined => {
  switch (letter) {
    case 's':
      return text;
    case 'n':
      return Number.isFinite(Number(text)) && text.trim() !== '' ? Number(text) : undefined;
    case 'i':
      return /^-?\d{1,30}$/.test(text) ? BigInt(text) : undefined;
    case 'b':
      return text === 'true' || text === 'false' ? text === 'true' : undefined;
    default:
      return undefined;
  }
};

const parseKey = (parts: unknown, shape: CursorShape): readonly CursorValue[] | undefined => {
  if (!Array.isArray(parts) || parts.length !== shape.length) return undefined;
  const key: CursorValue[] = [];
  for (const [index, part] of parts.entries()) {
    if (!Array.isArray(part) || part.length !== 2 || part[0] !== shape[index]) return undefined;
    const value = typeof part[1] === 'string' ? parseValue(shape[index]!, part[1]) : undefined;
    if (value === undefined) return undefined;
    key.push(value);
  }
  return key;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
};

/** The place again; refused when it was made for another query, is no cursor, or belongs to another log. */
export const decodeCursor = (
  logId: string,
  query: string,
  shape: CursorShape,
  text: string,
): Result<CursorPlace, CursorRefusal> => {
  const parts = text.length <= longest && /^[A-Za-z0-9_-]+$/.test(text) ? parseJson(text) : undefined;
  if (!Array.isArray(parts) || parts.length !== 4) return refuse('cursor_malformed');
  const [madeFor, madeBy, rawKey, id] = parts as readonly unknown[];
  const key = parseKey(rawKey, shape);
  if (typeof madeFor !== 'string' || madeBy !== query || key === undefined || typeof id !== 'string')
    return refuse('cursor_malformed');
  return madeFor === logId ? ok({ key, id }) : refuse('cursor_of_another_log');
};
