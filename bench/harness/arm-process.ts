import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { benchDirectory } from './settings.ts';
import { onCore } from './pinning.ts';
import { printProfile, profiling } from './profile.ts';

export interface ArmOptions {
  readonly core: number;
  /** Handed to the arm when it starts. */
  readonly input?: unknown;
  readonly environment?: Readonly<Record<string, string>>;
  readonly nodeArguments?: readonly string[];
}

/** A message to an arm and its answer; see `arm.ts` for the other end. */
export type ArmRequest = { readonly id: number; readonly call: string; readonly input: unknown };
export type ArmReply =
  { readonly id: number; readonly answer: unknown } | { readonly id: number; readonly failure: string };

/** Where built files are, given their path below `bench/`. */
export const built = (path: string): string =>
  join(benchDirectory, 'dist', 'bench', path.replace(/\.ts$/, '.js'));

/**
 * A process that is measured, or that drives the load. It runs built JavaScript, pinned to its core, and answers calls
 * over the channel of `fork`.
 */
export class ArmProcess {
  readonly #child: ChildProcess;
  readonly #name: string;
  readonly #waiting = new Map<
    number,
    { resolve: (answer: unknown) => void; reject: (error: Error) => void }
  >();
  #errors = '';
  #calls = 0;

  private constructor(name: string, child: ChildProcess) {
    this.#name = name;
    this.#child = child;
    child.stderr?.on(
      'data',
      (text: Buffer) => (this.#errors = (this.#errors + text.toString()).slice(-4000)),
    );
    child.stdout?.resume();
    child.on('message', (message) => this.#settle(message as ArmReply));
    child.on('exit', (code, signal) => this.#failAll(`ended (${signal ?? code ?? 'unknown'})`));
  }

  /** Starts `bench/<path>` and waits until it says that it is ready. */
  static async start(
    path: string,
    { core, input, environment, nodeArguments }: ArmOptions,
  ): Promise<ArmProcess> {
    const launcher = onCore(core, nodeArguments);
    const child = fork(built(path), [], {
      execPath: launcher.execPath,
      execArgv: [...launcher.execArgv],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: { ...process.env, NODE_ENV: '', ...environment },
    });
    const arm = new ArmProcess(path, child);
    await arm.call('start', input);
    return arm;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  async call<Answer = unknown>(call: string, input?: unknown): Promise<Answer> {
    this.#calls += 1;
    const request: ArmRequest = { id: this.#calls, call, input };
    return new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(request.id, { resolve, reject });
      this.#child.send(request, (error) => {
        if (error !== null) this.#failAll(error.message);
      });
    }) as Promise<Answer>;
  }

  /** CPU of the process with all its threads so far, microseconds, user and system. */
  cpu(): Promise<number> {
    return this.call<number>('cpu');
  }

  /** Anonymous resident memory, KiB: heap and buffers, without files mapped by LMDB. */
  anonymousMemory(): number {
    return anonymousMemory(this.pid);
  }

  /** Only under `--profile`: samples where the CPU goes until `endProfile`, which prints it. */
  async beginProfile(): Promise<void> {
    if (profiling()) await this.call('beginProfile');
  }

  async endProfile(name: string): Promise<void> {
    if (!profiling()) return;
    const path = join(benchDirectory, 'profiles', `${name.replace(/\W+/g, '-')}.cpuprofile`);
    mkdirSync(dirname(path), { recursive: true });
    await this.call('endProfile', path);
    printProfile(name, path);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    await this.call('stop').catch(() => undefined);
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), 15_000);
    await ended;
    clearTimeout(hard);
  }

  #settle(reply: ArmReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('failure' in reply) waiting?.reject(new Error(`${this.#name}: ${reply.failure}\n${this.#errors}`));
    else waiting?.resolve(reply.answer);
  }

  #failAll(why: string): void {
    for (const { reject } of this.#waiting.values())
      reject(new Error(`${this.#name} ${why}\n${this.#errors}`));
    this.#waiting.clear();
  }
}

export const anonymousMemory = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1]);
};
