import type { IndexValue } from '../../../ports/read-store.ts';

/**
 * Index keys as bytes that sort as the port demands: each value carries a kind and delimits itself, so a key of the
 * leading fields is a byte prefix of the whole key; the document id ends the key as it is.
 * The encoding of the `lmdb` package itself is not used: it loses a carry at some negative values beyond 2^53.
 */
const kind = { false: 0x06, true: 0x07, number: 0x10, string: 0x20 } as const;
const numberLength = 11;
/** Above every kind, so that `prefix + ceiling` is behind all that begins with the prefix. */
const ceiling = Buffer.of(0xff);
const floor = Buffer.of(0x00);

/** LMDB with pages of 4 KiB takes keys of 1,978 bytes. */
export const maxKeyBytes = 1_900;

const scratch = Buffer.allocUnsafe(maxKeyBytes + 512);
const bits = new DataView(new ArrayBuffer(8));

const writeNumber = (value: number | bigint, at: number): number => {
  const [whole, rest] = typeof value === 'number' ? [value + 0, 0] : splitBigint(value);
  if (Number.isNaN(whole)) throw new RangeError('NaN cannot be in an index.');
  bits.setFloat64(0, whole);
  const high = bits.getUint32(0);
  const low = bits.getUint32(4);
  // IEEE 754 sorts as bytes once the sign is flipped and negative numbers are inverted.
  const negative = high >= 0x8000_0000;
  scratch[at] = kind.number;
  scratch.writeUInt32BE((negative ? ~high : high ^ 0x8000_0000) >>> 0, at + 1);
  scratch.writeUInt32BE((negative ? ~low : low) >>> 0, at + 5);
  scratch.writeUInt16BE(rest, at + 9);
  return at + numberLength;
};

/** The largest double that is not above the value, and what is missing: below 2^11 for 64 bits. */
const splitBigint = (value: bigint): readonly [number, number] => {
  if (BigInt.asIntN(64, value) !== value) throw new RangeError('An index holds integers of at most 64 bits.');
  let whole = Number(value);
  if (BigInt(whole) > value) whole = nextBelow(whole);
  return [whole, Number(value - BigInt(whole))];
};

const nextBelow = (value: number): number => {
  bits.setFloat64(0, value);
  bits.setBigInt64(0, bits.getBigInt64(0) + (value > 0 ? -1n : 1n));
  return bits.getFloat64(0);
};

/** Ends with a zero; the characters 0 and 1 are escaped by a 1, so that `a` sorts before `a\0`. */
const writeString = (value: string, at: number): number => {
  scratch[at] = kind.string;
  const start = at + 1;
  const end = start + (value.length > maxKeyBytes ? tooLong() : scratch.write(value, start, 'utf8'));
  if (end >= maxKeyBytes) tooLong();
  let escapes = 0;
  for (let i = start; i < end; i += 1) if (scratch[i]! <= 1) escapes += 1;
  if (escapes > 0) return writeEscaped(Buffer.from(scratch.subarray(start, end)), start);
  scratch[end] = 0;
  return end + 1;
};

const writeEscaped = (bytes: Buffer, start: number): number => {
  let at = start;
  for (const byte of bytes) {
    if (byte <= 1) scratch[at++] = 1;
    scratch[at++] = byte <= 1 ? byte + 1 : byte;
    if (at >= maxKeyBytes) tooLong();
  }
  scratch[at] = 0;
  return at + 1;
};

const tooLong = (): never => {
  throw new RangeError(`An index key is longer than ${maxKeyBytes} bytes.`);
};

const writeValue = (value: IndexValue, at: number): number => {
  if (at > maxKeyBytes - numberLength) tooLong();
  switch (typeof value) {
    case 'string':
      return writeString(value, at);
    case 'number':
    case 'bigint':
      return writeNumber(value, at);
    default:
      scratch[at] = value ? kind.true : kind.false;
      return at + 1;
  }
};

const writeValues = (values: readonly IndexValue[]): number => {
  let at = 0;
  for (const value of values) at = writeValue(value, at);
  return at;
};

const finished = (length: number): Buffer => {
  if (length > maxKeyBytes) tooLong();
  return Buffer.from(scratch.subarray(0, length));
};

export const indexKey = (values: readonly IndexValue[], id: string): Buffer => {
  const at = writeValues(values);
  if (id.length === 0 || id.length > maxKeyBytes) tooLong();
  return finished(at + scratch.write(id, at, 'utf8'));
};

/** Before everything that begins with the values. */
export const lowerBound = (values: readonly IndexValue[]): Buffer =>
  values.length === 0 ? floor : finished(writeValues(values));

/** Behind everything that begins with the values. */
export const upperBound = (values: readonly IndexValue[]): Buffer => {
  const at = writeValues(values);
  ceiling.copy(scratch, at);
  return finished(at + 1);
};

/** The document id at the end of a key of `fields` values. */
const idOf = (bytes: Buffer, start: number, end: number, fields: number): string => {
  let at = start;
  for (let field = 0; field < fields; field += 1) {
    if (bytes[at] === kind.number) at += numberLength;
    else if (bytes[at] === kind.string) at = bytes.indexOf(0, at) + 1;
    else at += 1;
  }
  return bytes.toString('utf8', at, end);
};

/** For the `keyEncoder` option of an index's database: keys go in as bytes and come out as the document's id. */
export const indexKeyEncoder = (fields: number) => ({
  writeKey: (key: Uint8Array, target: Uint8Array, start: number): number => {
    target.set(key, start);
    return start + key.length;
  },
  readKey: (source: Buffer, start: number, end: number): string => idOf(source, start, end, fields),
});

const isIndexValue = (value: unknown): value is IndexValue =>
  typeof value === 'string' ||
  typeof value === 'number' ||
  typeof value === 'bigint' ||
  typeof value === 'boolean';

/** The values of an index's fields, `undefined` when the document lacks one of them (`null` counts as lacking). */
export const indexValues = (
  document: object,
  fields: readonly string[],
): readonly IndexValue[] | undefined => {
  const values: IndexValue[] = [];
  for (const field of fields) {
    const value = (document as Readonly<Record<string, unknown>>)[field];
    if (value === undefined || value === null) return undefined;
    if (!isIndexValue(value)) throw new TypeError(`Field ${field} is indexed but holds ${typeof value}.`);
    values.push(value);
  }
  return values;
};
