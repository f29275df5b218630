import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const tagLength = 16;
/** 96 bits, random each time (NIST SP 800-38D, 8.2.2). */
export const nonceLength = 12;

/** Binds a box to its place: moved to another event, stream, type, version or subject it does not open. */
export const placeOf = (id: string, stream: string, type: string, version: number, subject: string): Buffer =>
  Buffer.from([id, stream, type, version, subject].join('\u0000'));

/** Ciphertext and tag, base64. */
export const encrypt = (key: KeyObject, nonce: Buffer, place: Buffer, text: string): string => {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagLength });
  cipher.setAAD(place);
  const body = cipher.update(text, 'utf8');
  cipher.final();
  return Buffer.concat([body, cipher.getAuthTag()]).toString('base64');
};

/** @throws Error when the box is not what was sealed at this place with this key. */
export const decrypt = (key: KeyObject, nonce: string, place: Buffer, text: string): string => {
  const bytes = Buffer.from(text, 'base64');
  const end = bytes.length - tagLength;
  const decipher = createDecipheriv(algorithm, key, Buffer.from(nonce, 'base64'), {
    authTagLength: tagLength,
  });
  decipher.setAAD(place);
  decipher.setAuthTag(bytes.subarray(end));
  const body = decipher.update(bytes.subarray(0, end), undefined, 'utf8');
  return body + decipher.final('utf8');
};
