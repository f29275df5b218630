import { decodeCursor, encodeCursor, type CursorPlace, type CursorRefusal } from '../core/cursor.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import type { IndexValue, StoredDocument } from '../ports/read-store.ts';
import type { ReadModel } from '../projections/read-model.ts';

/** What a client asks of a list. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}

/** A list that is sorted by one position, which is the field of `index` behind `equals`. */
export interface Listing<Document extends object> {
  readonly model: ReadModel<Document>;
  readonly index: string;
  readonly equals: readonly IndexValue[];
  readonly direction: 'ascending' | 'descending';
  /** The document's place in the list; found documents have one. */
  readonly placeOf: (document: Document) => bigint | undefined;
  /** Names the list, filters included: a cursor of another one is refused. */
  readonly name: string;
}

export interface FoundPage<Document extends object> {
  readonly documents: readonly StoredDocument<Document>[];
  /** Cursor of the next page, `null` at the end. */
  readonly next: string | null;
}

/** Cursors are opaque, not signed: what somebody made up must not come to an index as it is. */
const isPlace = ({ key, id }: CursorPlace): boolean =>
  BigInt.asUintN(63, key[0] as bigint) === key[0] && /^[\x21-\x7e]{1,200}$/.test(id);

/** Reads one document more than asked, to know whether there is a next page; costs the same however deep it is. */
export const readPage = async <Document extends object>(
  logId: string,
  { model, index, equals, direction, placeOf, name }: Listing<Document>,
  { limit, cursor }: PageRequest,
): Promise<Result<FoundPage<Document>, CursorRefusal>> => {
  const after = cursor === undefined ? undefined : decodeCursor(logId, name, 'i', cursor);
  if (after?.ok === false) return after;
  if (after !== undefined && !isPlace(after.value)) return refuse('cursor_malformed');
  const found = await model.find({
    index,
    equals,
    direction,
    ...(after === undefined ? {} : { after: { key: [...equals, ...after.value.key], id: after.value.id } }),
    limit: limit + 1,
  });
  const documents = found.length > limit ? found.slice(0, limit) : found;
  const last = documents.at(-1);
  const next =
    found.length > limit && last !== undefined
      ? encodeCursor(logId, name, { key: [placeOf(last.value)!], id: last.id })
      : null;
  return ok({ documents, next });
};

/** Before every id there is. */
const firstId = '!';

/** Leads to the first item of an ascending list. */
export const firstCursor = (logId: string, name: string): string =>
  encodeCursor(logId, name, { key: [0n], id: firstId });

/** One page as a client gets it. */
export interface PageJson {
  readonly json: string;
  readonly next: string | null;
}

export const pageJson = (items: readonly string[], next: string | null): string =>
  `{"items":[${items.join(',')}],"next_cursor":${next === null ? 'null' : `"${next}"`}}`;
