import { Packr } from 'msgpackr';
import type { Position } from '../../../core/position.ts';
import type { StoredDocument } from '../../../ports/read-store.ts';
import { contents, seal, unseal, unsealed } from './checked-bytes.ts';

/** No shared structures: each value is readable by itself. A bigint stays a bigint, a field of `undefined` is left out. */
const format = {
  useRecords: false,
  variableMapSize: true,
  int64AsType: 'bigint',
  useBigIntExtension: true,
  skipValues: [undefined],
} as const;
const packr = new Packr(format);

const positionBytes = 8;

/** The position in 64 bits, then the value as MessagePack. */
export const encodeDocument = (id: string, pos: Position, value: object): Buffer => {
  const packed = packr.pack(value);
  const bytes = unsealed(positionBytes + packed.length);
  const content = contents(bytes);
  content.writeBigInt64LE(pos);
  content.set(packed, positionBytes);
  return seal(id, bytes);
};

export const decodeDocument = (id: string, bytes: Buffer): StoredDocument<object> => {
  const content = unseal(id, bytes);
  const value = packr.unpack(content.subarray(positionBytes)) as object;
  return { id, pos: content.readBigInt64LE() as Position, value };
};

/** Whether the decoded value would lack a field that this one has. */
export const holdsUndefined = (value: unknown): boolean => {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  for (const key in value) if (holdsUndefined((value as Readonly<Record<string, unknown>>)[key])) return true;
  return false;
};
