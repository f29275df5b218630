import { createHash, createSecretKey } from 'node:crypto';
import type { Keyring } from '../../src/events/codec.ts';

/** The same key for ever, so that what was sealed once opens for ever. */
const key = { id: 'golden', key: createSecretKey(createHash('sha256').update('golden').digest()) };

export const goldenKeys: Keyring = { ensure: async () => key, find: async () => key };

export const goldenKeysDestroyed: Keyring = { ...goldenKeys, find: async () => 'destroyed' };

/** Where the golden file of one version of one type is. */
export const goldenFile = (type: string, version: number): string =>
  `${import.meta.dirname}/golden/${type}.v${version}.json`;
