import type { KeyObject } from 'node:crypto';
import type { UserId } from '../core/ids.ts';

/** A key of one person, unwrapped: AES-256. */
export interface SubjectKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The subject was erased: nothing can be sealed for it or opened of it any more. */
export class SubjectErased extends Error {
  override readonly name = 'SubjectErased';
  constructor(subject: UserId) {
    super(`The key of subject ${subject} was destroyed when the account was erased.`);
  }
}

/**
 * One key a person, wrapped by the master key. Destroying it makes the person's text in the log unreadable for ever.
 *
 * 1. `ensure` answers the subject's key, made by insert-if-absent: many callers at once get the same key.
 * 2. The key is durable before `ensure` answers.
 * 3. `find` answers `undefined` for a subject that never had a key and `'destroyed'` for an erased one; it makes nothing.
 * 4. `destroy` overwrites the wrapped key and leaves a tombstone: from then on `ensure` throws `SubjectErased`, also after a
 *    restart. Destroying twice, or a subject that never had a key, is fine and leaves a tombstone all the same.
 * 5. No raw byte of a destroyed key, wrapped or not, is left in the store's files.
 * 6. A key opens only under the master key that wrapped it; with the wrong one the store refuses to open with a message.
 * 7. `rewrap` wraps all keys under a new master key; the subjects' keys stay the same.
 */
export interface SubjectKeys {
  ensure(subject: UserId): Promise<SubjectKey>;
  find(subject: UserId): Promise<SubjectKey | 'destroyed' | undefined>;
  destroy(subject: UserId): Promise<void>;
  rewrap(master: MasterKey): Promise<void>;
  close(): Promise<void>;
}

/** 32 bytes that wrap the subjects' keys; `id` names it, so that it can be changed. */
export interface MasterKey {
  readonly id: string;
  readonly key: KeyObject;
}
