import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Chance } from './core/clock.ts';

export interface NamedKey {
  readonly id: string;
  readonly key: Buffer;
}

/** The keys of one installation; losing `master` or `name` makes its data unreadable, so they belong into the back-up. */
export interface Secrets {
  /** The first one signs, all verify. */
  readonly jwt: readonly { readonly id: string; readonly key: KeyObject }[];
  /** The first one wraps, all unwrap. */
  readonly master: readonly { readonly id: string; readonly key: KeyObject }[];
  /** Key of the name reservations; never rotates. */
  readonly name: KeyObject;
  /** Keys for other purposes, derived from `name` (HKDF, RFC 5869), so that there is nothing more to keep. */
  readonly derived: (purpose: string) => KeyObject;
}

const leastBytes = 32;

/** Standard base64 of at least 32 bytes (RELIABILITY, "Accounts"). */
export const parseKey = (text: string): Buffer | undefined => {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const key = Buffer.from(text, 'base64');
  return key.length >= leastBytes ? key : undefined;
};

/** `id:base64,id:base64`; ids differ. */
export const parseKeyList = (text: string): readonly NamedKey[] | undefined => {
  const keys: NamedKey[] = [];
  for (const part of text.split(',')) {
    const match = /^\s*([A-Za-z0-9._-]{1,32}):(\S+)\s*$/.exec(part);
    const key = match === null ? undefined : parseKey(match[2]!);
    if (match === null || key === undefined || keys.some(({ id }) => id === match[1])) return undefined;
    keys.push({ id: match[1]!, key });
  }
  return keys;
};

/** Written whole before it has its name, so that a crash leaves either no key or a good one. */
const writeOnce = (path: string, content: string): void => {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  writeSync(file, content);
  fsyncSync(file);
  closeSync(file);
  renameSync(temporary, path);
};

const keptIn = <T>(path: string, parse: (text: string) => T | undefined, make: () => string): T => {
  if (!existsSync(path)) writeOnce(path, make());
  chmodSync(path, 0o600);
  const value = parse(readFileSync(path, 'utf8').trim());
  if (value === undefined)
    throw new Error(
      `${path} does not hold a key. Restore it from your back-up; without it the data cannot be read.`,
    );
  return value;
};

/** The keys that were given, else those kept in `<dataDir>/keys`, made there on the first start (mode 0600). */
export const loadSecrets = (
  given: {
    readonly jwtKeys: readonly NamedKey[] | undefined;
    readonly masterKeys: readonly NamedKey[] | undefined;
    readonly nameKey: Buffer | undefined;
  },
  dataDir: string,
  chance: Chance,
): Secrets => {
  const directory = join(dataDir, 'keys');
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const fresh = (): string => chance.bytes(leastBytes).toString('base64');
  const named = (keys: readonly NamedKey[]) => keys.map(({ id, key }) => ({ id, key: createSecretKey(key) }));
  const jwt = given.jwtKeys ?? keptIn(join(directory, 'jwt.keys'), parseKeyList, () => `k1:${fresh()}`);
  const master =
    given.masterKeys ?? keptIn(join(directory, 'master.key'), parseKeyList, () => `m1:${fresh()}`);
  const name = given.nameKey ?? keptIn(join(directory, 'name.key'), parseKey, fresh);
  return {
    jwt: named(jwt),
    master: named(master),
    name: createSecretKey(name),
    derived: (purpose) => createSecretKey(Buffer.from(hkdfSync('sha256', name, 'storyline', purpose, 32))),
  };
};
