import { createHmac, type KeyObject } from 'node:crypto';
import type { NameKind } from './names/name-claim.ts';

/** Names apart without their text: HMAC-SHA-256 under `NAME_KEY`, which never rotates. Case does not count. */
export type NameKeys = (kind: NameKind, name: string) => string;

export const createNameKeys =
  (nameKey: KeyObject): NameKeys =>
  (kind, name) =>
    createHmac('sha256', nameKey)
      .update(`${kind}\u0000${normalise(name)}`)
      .digest('hex');

const normalise = (name: string): string => name.normalize('NFC').toLowerCase().normalize('NFC');
