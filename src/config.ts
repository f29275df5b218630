import { resolve } from 'node:path';
import { parseKeyList, parseKey, type NamedKey } from './secrets.ts';

/** All that the environment decides, read once and typed. Durations are seconds, sizes bytes (SPEC 13). */
export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly appLog: string;
  /** `undefined`: the log is kept in `dataDir`. `prefix`: before the name of every stream. */
  readonly eventStore: { readonly url: string; readonly prefix: string } | undefined;
  /** `undefined`: read models and subject keys are kept in `dataDir`. */
  readonly mongodb: { readonly url: string; readonly database: string } | undefined;
  /** `redis://…`; `undefined`: sessions, codes and counters are kept in `dataDir`. */
  readonly redisUrl: string | undefined;
  /** `undefined`: generated in `dataDir` on the first start. */
  readonly jwtKeys: readonly NamedKey[] | undefined;
  readonly masterKeys: readonly NamedKey[] | undefined;
  readonly nameKey: Buffer | undefined;
  readonly accessTokenTtl: number;
  readonly refreshTokenTtl: number;
  readonly codeTtl: number;
  readonly restoreWindow: number;
  readonly maxSessions: number;
  readonly maxBody: number;
  readonly publicUrl: string | undefined;
  readonly corsOrigins: readonly string[];
  /** Reverse proxies in front whose headers are believed; 0 for none. */
  readonly trustProxy: number;
  readonly rateLimits: boolean;
  readonly metricsToken: string | undefined;
  /** Sender of one-time codes. */
  readonly mailFrom: string;
  readonly logLevel: string;
}

/** One line that names the variable, its value and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;
/** Answers the value, or `undefined` for a text that is none. */
type Parser<T> = (text: string) => T | undefined;

/** URLs may hold a password. */
const secrets = new Set([
  'JWT_KEYS',
  'MASTER_KEY',
  'NAME_KEY',
  'METRICS_TOKEN',
  'MONGODB_URL',
  'REDIS_URL',
  'EVENTSTORE_URL',
]);

/** Reads one variable; an empty one counts as unset. */
const reader =
  (environment: Environment) =>
  <T, F>(name: string, fallback: F, allowed: string, parse: Parser<T>): T | F => {
    const text = environment[name];
    if (text === undefined || text === '') return fallback;
    const value = parse(text);
    if (value !== undefined) return value;
    const shown = secrets.has(name) ? 'a value that is not shown' : JSON.stringify(text);
    throw new ConfigError(`${name} is ${shown}, but must be ${allowed}.`);
  };

const text: Parser<string> = (value) => value;

const oneOf =
  <const T extends string>(...values: readonly T[]): Parser<T> =>
  (value) =>
    values.find((one) => one === value);

const integer =
  (least: number, most: number): Parser<number> =>
  (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    return number >= least && number <= most ? number : undefined;
  };

const units: Readonly<Record<string, number>> = { '': 1, b: 1, kib: 1024, mib: 1024 ** 2, gib: 1024 ** 3 };

const bytes =
  (least: number, most: number): Parser<number> =>
  (value) => {
    const match = /^(\d{1,15})\s*([A-Za-z]*)$/.exec(value.trim());
    const size = Number(match?.[1] ?? NaN) * (units[(match?.[2] ?? '?').toLowerCase()] ?? NaN);
    return size >= least && size <= most ? size : undefined;
  };

const httpUrl: Parser<string> = (value) =>
  URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value.replace(/\/+$/, '') : undefined;

/** Its path names the database. */
const mongodb: Parser<{ url: string; database: string }> = (url) => {
  const found = /^mongodb(\+srv)?:\/\/[^/?]+(?:\/([\w-]*))?(\?.*)?$/.exec(url);
  return found === null ? undefined : { url, database: found[2] || 'storyline' };
};

/** The client reads the rest, at the start. */
const eventStoreUrl: Parser<string> = (url) => (/^esdb(\+discover)?:\/\/[^/?]+/.test(url) ? url : undefined);

const streamPrefix: Parser<string> = (value) =>
  /^[A-Za-z0-9][\w:.-]{0,63}$/.test(value) ? value : undefined;

const redisUrl: Parser<string> = (value) =>
  URL.canParse(value) && /^rediss?:$/.test(new URL(value).protocol) ? value : undefined;

const origins: Parser<readonly string[]> = (value) => {
  const all = value.split(',').map((one) => one.trim());
  return all.every((one) => URL.canParse(one) && new URL(one).origin === one) ? all : undefined;
};

const year = 366 * 86_400;
const seconds = (least: number): [string, Parser<number>] => [
  `a whole number of seconds from ${least} to ${year}`,
  integer(least, year),
];

/** Engines and roles that SPEC 12 names and this version does not run yet: refused, never silently ignored. */
const refuseWhatIsNotThere = (environment: Environment): void => {
  for (const name of ['SMTP_URL', 'S3_ENDPOINT']) {
    if ((environment[name] ?? '') !== '') {
      throw new ConfigError(`${name} is set, but this version cannot use such a server yet: unset it.`);
    }
  }
};

/**
 * @param environment for instance `process.env`
 * @throws ConfigError with one line for people
 */
export const readConfig = (environment: Environment): Config => {
  const read = reader(environment);
  refuseWhatIsNotThere(environment);
  read(
    'ROLES',
    'all',
    '"all": roles as processes of their own need an event log, read store and cache that are services',
    oneOf('all'),
  );
  // "prod" would else start as development, with keys of its own making.
  const mode = read(
    'NODE_ENV',
    'development',
    '"production", "development" or "test"',
    oneOf('production', 'development', 'test'),
  );
  const production = mode === 'production';
  const allowedLog = 'a URL that begins with esdb:// or esdb+discover://';
  const logUrl = read('EVENTSTORE_URL', undefined, allowedLog, eventStoreUrl);
  const allowedPrefix = '1 to 64 letters, digits and any of _ : . -, beginning with a letter or digit';
  const prefix = read('EVENTSTORE_PREFIX', '', allowedPrefix, streamPrefix);
  const keyList = 'a comma-separated list of id:key, each key 32 bytes or more in base64';
  const config: Config = {
    production,
    host: read('HOST', '127.0.0.1', 'a host name or address', text),
    port: read('PORT', 8080, 'a port from 0 to 65535 (0: any free one)', integer(0, 65_535)),
    dataDir: resolve(read('DATA_DIR', './data', 'a path', text)),
    appLog: resolve(read('APP_LOG', './app.log', 'a path', text)),
    eventStore: logUrl === undefined ? undefined : { url: logUrl, prefix },
    mongodb: read('MONGODB_URL', undefined, 'a URL that begins with mongodb:// or mongodb+srv://', mongodb),
    redisUrl: read('REDIS_URL', undefined, 'a URL that begins with redis:// or rediss://', redisUrl),
    jwtKeys: read('JWT_KEYS', undefined, keyList, parseKeyList),
    masterKeys: read('MASTER_KEY', undefined, `${keyList}; the first one is current`, parseKeyList),
    nameKey: read('NAME_KEY', undefined, '32 bytes or more in base64', parseKey),
    accessTokenTtl: read('ACCESS_TOKEN_TTL', 900, ...seconds(1)),
    refreshTokenTtl: read('REFRESH_TOKEN_TTL', 2_592_000, ...seconds(1)),
    codeTtl: read('CODE_TTL', 300, ...seconds(1)),
    restoreWindow: read('RESTORE_WINDOW', 2_592_000, ...seconds(0)),
    maxSessions: read('MAX_SESSIONS', 1, 'a whole number from 1 to 100', integer(1, 100)),
    maxBody: read(
      'MAX_BODY',
      1024 ** 2,
      'a size from 1 KiB to 32 MiB, such as "1 MiB"',
      bytes(1024, 32 * 1024 ** 2),
    ),
    publicUrl: read('PUBLIC_URL', undefined, 'an http or https URL', httpUrl),
    corsOrigins: read(
      'CORS_ORIGINS',
      [],
      'a comma-separated list of origins, such as "https://example.org"',
      origins,
    ),
    trustProxy: read(
      'TRUST_PROXY',
      0,
      'the number of reverse proxies in front, from 0 to 10',
      integer(0, 10),
    ),
    rateLimits: read('RATE_LIMITS', 'on', '"on" or "off"', oneOf('on', 'off')) === 'on',
    metricsToken: read('METRICS_TOKEN', undefined, 'at least 16 characters', (value) =>
      value.length >= 16 ? value : undefined,
    ),
    mailFrom: read('MAIL_FROM', 'storyline@localhost', 'an e-mail address', (value) =>
      /^[^\s@<>]+@[^\s@<>]+$/.test(value) ? value : undefined,
    ),
    logLevel: read(
      'LOG_LEVEL',
      'info',
      'one of fatal, error, warn, info, debug, trace, silent',
      oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
    ),
  };
  if (production) {
    for (const name of ['JWT_KEYS', 'MASTER_KEY', 'NAME_KEY']) {
      if ((environment[name] ?? '') === '')
        throw new ConfigError(`${name} is not set, but with NODE_ENV=production it must be given.`);
    }
  }
  return config;
};
