import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { Chance } from '../../core/clock.ts';
import type { MasterKey, SubjectKey } from '../../ports/subject-keys.ts';

export const tagLength = 16;

/** A subject's key as it is stored: ciphertext and tag under the master key. */
export interface WrappedKey {
  readonly keyId: string;
  readonly nonce: Buffer;
  readonly text: Buffer;
}

export const freshKey = (chance: Chance): SubjectKey => ({
  id: chance.bytes(16).toString('hex'),
  key: createSecretKey(chance.bytes(32)),
});

/** A wrapped key opens only as the key of its subject and under its own id. */
const boundTo = (subject: string, keyId: string): Buffer =>
  Buffer.from(['storyline subject key 1', subject, keyId].join('\u0000'));

/** Ciphertext and tag of a key, bound to what `place` says. */
export const sealKey = (key: KeyObject, master: MasterKey, nonce: Buffer, place: Buffer): Buffer => {
  const cipher = createCipheriv('aes-256-gcm', master.key, nonce).setAAD(place);
  const text = cipher.update(key.export());
  cipher.final();
  return Buffer.concat([text, cipher.getAuthTag()]);
};

/** `undefined` when it was sealed under another master key, or for another place. */
export const openKey = (
  text: Buffer,
  master: MasterKey,
  nonce: Buffer,
  place: Buffer,
): KeyObject | undefined => {
  const end = text.length - tagLength;
  const decipher = createDecipheriv('aes-256-gcm', master.key, nonce, { authTagLength: tagLength });
  decipher.setAAD(place).setAuthTag(text.subarray(end));
  const bytes = decipher.update(text.subarray(0, end));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
};

export const wrapKey = (
  { id, key }: SubjectKey,
  subject: string,
  master: MasterKey,
  chance: Chance,
): WrappedKey => {
  const nonce = chance.bytes(12);
  return { keyId: id, nonce, text: sealKey(key, master, nonce, boundTo(subject, id)) };
};

/** `undefined` when the master key is not the one that wrapped it. */
export const unwrapKey = (
  { keyId, nonce, text }: WrappedKey,
  subject: string,
  master: MasterKey,
): SubjectKey | undefined => {
  const key = openKey(text, master, nonce, boundTo(subject, keyId));
  return key === undefined ? undefined : { id: keyId, key };
};
