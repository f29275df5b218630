import { crc32c } from '@node-rs/crc32';

/** Bytes in the read store are not what was written. The environment must be thrown away and rebuilt from the log. */
export class ReadModelDamaged extends Error {
  override readonly name = 'ReadModelDamaged';
}

const checksumBytes = 4;

/**
 * Leaves room for the checksum that `seal` fills in. LMDB hands out a flipped byte without a word, so every value carries a
 * CRC32C of its key and its bytes.
 */
export const unsealed = (length: number): Buffer => Buffer.allocUnsafe(checksumBytes + length);

export const contents = (bytes: Buffer): Buffer => bytes.subarray(checksumBytes);

export const seal = (key: string, bytes: Buffer): Buffer => {
  bytes.writeUInt32LE(crc32c(contents(bytes), crc32c(key)), 0);
  return bytes;
};

/** @throws ReadModelDamaged when the bytes are not what was sealed under this key. */
export const unseal = (key: string, bytes: Buffer): Buffer => {
  if (bytes.length < checksumBytes || bytes.readUInt32LE(0) !== crc32c(contents(bytes), crc32c(key))) {
    throw new ReadModelDamaged(`The bytes under ${JSON.stringify(key)} do not fit their checksum.`);
  }
  return contents(bytes);
};

export const sealedJson = (key: string, value: unknown): Buffer => {
  const json = Buffer.from(JSON.stringify(value));
  const bytes = unsealed(json.length);
  bytes.set(json, checksumBytes);
  return seal(key, bytes);
};

export const unsealJson = (key: string, bytes: Buffer): unknown =>
  JSON.parse(unseal(key, bytes).toString()) as unknown;
