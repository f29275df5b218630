/** Too many passwords wait to be hashed; the caller may try again after `retryAfter` seconds (503). */
export class PasswordHasherBusy extends Error {
  override readonly name = 'PasswordHasherBusy';
  readonly retryAfter: number;
  constructor(retryAfter: number) {
    super(`Too many passwords wait to be checked; try again in ${retryAfter} s.`);
    this.retryAfter = retryAfter;
  }
}

/**
 * Hashes passwords slowly, away from the event loop and from its thread pool.
 *
 * 1. `verify` is true only for the password that `hash` was called with; the text counts verbatim, every character of it.
 * 2. `verify` with `undefined` (there is no such account) is false and takes as long as any other.
 * 3. Two hashes of one password differ.
 * 4. Beyond a bounded queue both throw `PasswordHasherBusy` at once.
 * 5. A hashing process that dies is replaced, and what waited is done by the new one.
 * 6. After `close` both throw.
 */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  verify(hash: string | undefined, password: string): Promise<boolean>;
  close(): Promise<void>;
}
