import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { PasswordHasherBusy, type PasswordHasher } from '../../../ports/password-hasher.ts';
import type { HashingReply, HashingRequest } from './hashing-process.ts';

/** OWASP's parameters for scrypt: N = 2^17, r = 8, p = 1 (128 MiB and some 280 ms each). */
const owaspLogN = 17;

export interface PasswordHasherOptions {
  /** Cheaper in tests; never lower in production. */
  readonly logN?: number;
  /** Hashes at a time: as many as there are cores by default. */
  readonly concurrency?: number;
  /** Requests that may wait beyond those. */
  readonly queueLimit?: number;
}

interface Job {
  readonly request: HashingRequest;
  readonly resolve: (reply: HashingReply) => void;
  readonly reject: (error: Error) => void;
  tries: number;
}

const program = fileURLToPath(
  new URL(`./hashing-process${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/** Of the environment the child gets what Node itself needs, and none of our keys. */
const passedOn = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    ['PATH', 'TMPDIR', 'NODE_V8_COVERAGE'].flatMap((name) =>
      process.env[name] === undefined ? [] : [[name, process.env[name]]],
    ),
  );

/** A request that saw this many processes die is what kills them. */
const mostTries = 3;

/**
 * scrypt in a child process: on libuv's pool of this one, hashes delay file I/O by seconds (RELIABILITY, "Accounts").
 * The child's own pool has one thread a hash; more requests than that wait here, in order.
 */
export const createPasswordHasher = (options: PasswordHasherOptions = {}): PasswordHasher => {
  const { logN = owaspLogN, concurrency = availableParallelism(), queueLimit = 64 } = options;
  const waiting: Job[] = [];
  const running = new Map<number, Job>();
  let child: ChildProcess | undefined;
  let closed = false;
  let lastId = 0;

  const fail = (job: Job, reason: string) => job.reject(new Error(`Password hashing failed: ${reason}`));

  const onReply = (reply: HashingReply) => {
    const job = running.get(reply.id);
    running.delete(reply.id);
    if (job !== undefined && reply.failed !== undefined) fail(job, reply.failed);
    else job?.resolve(reply);
    dispatch();
  };

  const onDeath = (dead: ChildProcess) => {
    if (child !== dead) return;
    child = undefined;
    const orphans = [...running.values()];
    running.clear();
    for (const job of orphans.filter(({ tries }) => tries >= mostTries)) fail(job, 'its process died');
    waiting.unshift(...orphans.filter(({ tries }) => tries < mostTries));
    dispatch();
  };

  const start = (): ChildProcess => {
    const started = fork(program, [String(logN)], {
      execArgv: process.execArgv.filter((argument) => !argument.startsWith('--inspect')),
      env: { ...passedOn(), UV_THREADPOOL_SIZE: String(concurrency) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    started.on('message', (reply) => onReply(reply as HashingReply));
    started.on('exit', () => onDeath(started));
    started.on('error', () => onDeath(started));
    return started;
  };

  const dispatch = () => {
    while (running.size < concurrency && waiting.length > 0) {
      const job = waiting.shift()!;
      if (closed) {
        fail(job, 'the server is stopping');
        continue;
      }
      job.tries += 1;
      running.set(job.request.id, job);
      child ??= start();
      child.send(job.request, () => undefined);
    }
  };

  const run = (request: Omit<HashingRequest, 'id'>): Promise<HashingReply> =>
    new Promise((resolve, reject) => {
      if (closed) throw new Error('The password hasher is closed.');
      if (waiting.length >= queueLimit) {
        const seconds = Math.ceil(waiting.length / concurrency / 3);
        throw new PasswordHasherBusy(Math.max(1, seconds));
      }
      lastId += 1;
      waiting.push({ request: { id: lastId, ...request }, resolve, reject, tries: 0 });
      dispatch();
    });

  /** Nobody's password: what a log-in to an account that is not there is compared with. */
  let nobody: Promise<string> | undefined;
  const nobodysHash = (): Promise<string> => {
    nobody ??= run({ password: 'nobody' }).then((reply) => reply.hash!);
    nobody.catch(() => (nobody = undefined));
    return nobody;
  };
  nobodysHash().catch(() => undefined);

  return {
    hash: async (password) => (await run({ password })).hash!,
    verify: async (hash, password) => {
      const { matches } = await run({ password, hash: hash ?? (await nobodysHash()) });
      return hash !== undefined && matches === true;
    },
    close: async () => {
      closed = true;
      for (const job of waiting.splice(0)) fail(job, 'the server is stopping');
      const last = child;
      if (last === undefined || last.exitCode !== null || last.signalCode !== null) return;
      const gone = once(last, 'exit');
      last.kill('SIGKILL');
      await gone;
    },
  };
};
