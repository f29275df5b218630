import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import type { Chance } from '../../core/clock.ts';
import type { MasterKey, SubjectKey } from '../../ports/subject-keys.ts';

const tagLength = 16;

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

export const wrapKey = (
  { id, key }: SubjectKey,
  subject: string,
  master: MasterKey,
  chance: Chance,
): WrappedKey => {
  const nonce = chance.bytes(12);
  const cipher = createCipheriv('aes-256-gcm', master.key, nonce).setAAD(boundTo(subject, id));
  const text = cipher.update(key.export());
  cipher.final();
  return { keyId: id, nonce, text: Buffer.concat([text, cipher.getAuthTag()]) };
};

/** `undefined` when the master key is not the one that wrapped it. */
export const unwrapKey = (
  { keyId, nonce, text }: WrappedKey,
  subject: string,
  master: MasterKey,
): SubjectKey | undefined => {
  const end = text.length - tagLength;
  const decipher = createDecipheriv('aes-256-gcm', master.key, nonce, { authTagLength: tagLength });
  decipher.setAAD(boundTo(subject, keyId)).setAuthTag(text.subarray(end));
  const bytes = decipher.update(text.subarray(0, end));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return { id: keyId, key };
};
