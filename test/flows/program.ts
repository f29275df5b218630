import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pino } from 'pino';
import type { PasswordHasherOptions } from '../../src/adapters/shared/password-hasher/password-hasher.ts';
import { compose, type Program } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { systemChance, systemClock, type Clock, type Millis } from '../../src/core/clock.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** `undefined` where the body is no JSON. */

  readonly json: any;
}

export interface Asking {
  readonly token?: string | undefined;
  /** Goes out as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The system's clock, moved forwards at will. */
export interface SteppedClock extends Clock {
  advance(by: Millis): void;
}

export const createSteppedClock = (): SteppedClock => {
  let ahead = 0;
  return {
    now: () => systemClock.now() + ahead,
    sleep: (duration, signal) => systemClock.sleep(duration, signal),
    advance: (by) => {
      ahead += by;
    },
  };
};

export interface RunningProgram {
  readonly url: string;
  readonly dataDir: string;
  readonly clock: SteppedClock;
  readonly program: Program;
  /** `call('POST /auth/login', { body })` */
  readonly call: (line: string, asking?: Asking) => Promise<Answer>;
  /** Texts of the mails written so far, headers included, decoded. */
  mails(): Promise<readonly string[]>;
  /** The same data, a new program. */
  restart(): Promise<RunningProgram>;
  /** Stops and removes the data. */
  stop(): Promise<void>;
  /** Stops and leaves the data. */
  pause(): Promise<void>;
}

export interface ProgramOptions {
  /** More of the environment; rate limits are off unless it says otherwise. */
  readonly environment?: Readonly<Record<string, string>>;
  /** An earlier one, left by `pause`. */
  readonly dataDir?: string;
  readonly clock?: SteppedClock;
  readonly hashing?: PasswordHasherOptions;
}

const decodeQuotedPrintable = (text: string): string => {
  const joined = text.replace(/=\r?\n/g, '');
  const bytes = joined.replace(/=([0-9A-F]{2})/g, (_all, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString('utf8');
};

const decodeMail = (raw: string): string => {
  const end = /\r?\n\r?\n/.exec(raw);
  const head = end === null ? raw : raw.slice(0, end.index);
  const body = end === null ? '' : raw.slice(end.index + end[0].length);
  if (/^content-transfer-encoding: base64/im.test(head))
    return `${head}\n\n${Buffer.from(body, 'base64').toString('utf8')}`;
  const quoted = /^content-transfer-encoding: quoted-printable/im.test(head);
  return `${head}\n\n${quoted ? decodeQuotedPrintable(body) : body}`;
};

const callAt =
  (url: string): RunningProgram['call'] =>
  async (line, { token, body, headers: more = {} } = {}) => {
    const [method, path] = line.split(' ') as [string, string];
    const headers: Record<string, string> = { ...more };
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    if (body !== undefined) headers['content-type'] ??= 'application/json';
    const response = await fetch(`${url}${path}`, {
      method,
      headers,
      redirect: 'manual',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    };
  };

/** The servers that the environment names; each program has a database and streams of its own, named after its directory. */
const servicesOf = (dataDir: string): Record<string, string> => {
  const { EVENTSTORE_URL: eventStore, REDIS_URL: redis, MONGODB_URL: mongodb } = process.env;
  return {
    ...(eventStore === undefined
      ? {}
      : { EVENTSTORE_URL: eventStore, EVENTSTORE_PREFIX: `${basename(dataDir)}:` }),
    ...(redis === undefined ? {} : { REDIS_URL: redis }),
    ...(mongodb === undefined ? {} : { MONGODB_URL: new URL(basename(dataDir), mongodb).href }),
  };
};

/** The whole program behind a real socket, on real files, with passwords that are cheap to hash. */
export const startProgram = async (options: ProgramOptions = {}): Promise<RunningProgram> => {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'storyline-')));
  const clock = options.clock ?? createSteppedClock();
  const config = readConfig({
    RATE_LIMITS: 'off',
    ...servicesOf(dataDir),
    ...options.environment,
    DATA_DIR: join(dataDir, 'data'),
    APP_LOG: join(dataDir, 'app.log'),
  });
  const logger = pino({ level: process.env['TEST_LOG_LEVEL'] ?? 'silent' });
  const hashing = { logN: 4, queueLimit: 1000, ...options.hashing };
  const program = await compose(config, { clock, chance: systemChance, logger, hashing });
  await program.engines.supervisor.caughtUp();
  const port = await program.server.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${port}`;

  const pause = async () => {
    await program.server.stop(2_000);
    await program.close();
  };
  return {
    url,
    dataDir,
    clock,
    program,
    call: callAt(url),
    mails: async () => {
      const outbox = join(dataDir, 'data', 'outbox');
      const names = (await readdir(outbox)).filter((name) => name.endsWith('.eml')).sort();
      return Promise.all(names.map(async (name) => decodeMail(await readFile(join(outbox, name), 'utf8'))));
    },
    pause,
    restart: async () => {
      await pause();
      return startProgram({ ...options, dataDir, clock });
    },
    stop: async () => {
      await pause();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

export interface Tokens {
  readonly access: string;
  readonly refresh: string;
}

let people = 0;

/** Somebody new. */
export const register = async (
  { call }: Pick<RunningProgram, 'call'>,
  name = `person-${(people += 1)}`,
): Promise<Person> => {
  const email = `${name}@example.org`;
  const password = `the password of ${name}`;
  const answer = await call('POST /auth/register', { body: { username: name, email, password } });
  if (answer.status !== 201) throw new Error(`${name} could not register: ${answer.text}`);
  return { id: answer.json.id as string, username: name, email, password };
};

export const tokensOf = (answer: Answer): Tokens => {
  if (answer.status !== 200) throw new Error(`No tokens: ${answer.status} ${answer.text}`);
  return { access: answer.json.access_token as string, refresh: answer.json.refresh_token as string };
};

export const login = async (
  { call }: Pick<RunningProgram, 'call'>,
  { username, password }: Pick<Person, 'username' | 'password'>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Tokens> => tokensOf(await call('POST /auth/login', { body: { username, password }, headers }));

/** Asks again until it is so; gives up after `within` real milliseconds. */
export const eventually = async <T>(
  ask: () => Promise<T | undefined>,
  within: Millis = 10_000,
): Promise<T> => {
  const until = Date.now() + within;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() > until) throw new Error(`Not so within ${within} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
