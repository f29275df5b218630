import type { Millis } from '../../../core/clock.ts';
import { contents, seal, unseal, unsealed } from '../read-store/checked-bytes.ts';

/** A value until its time. */
export interface Record {
  readonly value: string;
  readonly version: string;
  /** Since the Unix epoch; from then on the key is absent. */
  readonly expiresAt: Millis;
}

const headerBytes = 9;

/** Expiry (a double), length of the version, version, value; under a checksum. */
export const encodeRecord = (key: string, { value, version, expiresAt }: Record): Buffer => {
  const versionBytes = Buffer.byteLength(version);
  const bytes = unsealed(headerBytes + versionBytes + Buffer.byteLength(value));
  const content = contents(bytes);
  content.writeDoubleLE(expiresAt, 0);
  content.writeUInt8(versionBytes, 8);
  content.write(version, headerBytes);
  content.write(value, headerBytes + versionBytes);
  return seal(key, bytes);
};

export const decodeRecord = (key: string, bytes: Buffer): Record => {
  const content = unseal(key, bytes);
  const valueAt = headerBytes + content.readUInt8(8);
  return {
    expiresAt: content.readDoubleLE(0),
    version: content.toString('utf8', headerBytes, valueAt),
    value: content.toString('utf8', valueAt),
  };
};
