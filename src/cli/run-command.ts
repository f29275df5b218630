import { InvalidArgumentError, type Command } from 'commander';
import { OperationFailed } from '../control/protocol.ts';
import { exitCodeOf, exitCodes, Unreachable, type ExitCode } from './exit-codes.ts';
import type { OpenOptions } from './open-engines.ts';
import type { Session } from './session.ts';
import { paint, systemTerminal, type Terminal } from './terminal.ts';
import { findWorkplace, type OpenedEngines, type Workplace } from './work.ts';

export interface CommonOptions {
  readonly dataDir: string;
  readonly json?: true;
}

export type Handler<Options> = (
  session: Session,
  options: Options & CommonOptions,
  args: readonly string[],
) => Promise<ExitCode>;

/** Makes a commander action of a handler: finds the place to work at, reports errors, sets the exit code. */
export type Run = <Options>(
  handler: Handler<Options>,
  openOptions?: OpenOptions,
) => (...given: unknown[]) => Promise<void>;

/** What a command has that does without a workplace where there is none. */
export interface Desk {
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  readonly dataDir: string;
  /** @throws Unreachable when there is neither a running program nor data that opens */
  readonly enter: (options?: OpenOptions) => Promise<Workplace>;
}

export type RunAtDesk = (
  handler: (desk: Desk) => Promise<ExitCode>,
) => (...given: unknown[]) => Promise<void>;

export interface Surroundings {
  /** Opens the engines below the data directory, when no program answers there. @throws Unreachable */
  readonly open: (dataDir: string, options?: OpenOptions) => Promise<OpenedEngines>;
  readonly signal: AbortSignal;
}

const report = (terminal: Terminal, error: unknown): ExitCode => {
  const message = error instanceof Error ? error.message : String(error);
  const kind =
    error instanceof OperationFailed ? error.kind : error instanceof Unreachable ? 'unreachable' : 'failed';
  terminal.err(
    terminal.json
      ? JSON.stringify({ error: { kind, message } })
      : `${paint(terminal, 'red', 'error:')} ${message}`,
  );
  return kind === 'unreachable' ? exitCodes.unreachable : exitCodeOf[kind];
};

export const atDesk =
  ({ open, signal }: Surroundings): RunAtDesk =>
  (handler) =>
  async (...given) => {
    const command = given.at(-1) as Command;
    const { json, dataDir } = command.optsWithGlobals<CommonOptions>();
    const terminal = systemTerminal(json === true);
    const enter = (openOptions?: OpenOptions) => findWorkplace(dataDir, () => open(dataDir, openOptions));
    try {
      process.exitCode = await handler({ terminal, signal, dataDir, enter });
    } catch (error) {
      process.exitCode = report(terminal, error);
    }
  };

export const runner =
  (surroundings: Surroundings): Run =>
  (handler, openOptions) =>
  (...given) => {
    const command = given.at(-1) as Command;
    return atDesk(surroundings)(async ({ terminal, signal, enter }) => {
      const workplace = await enter(openOptions);
      try {
        return await handler({ terminal, workplace, signal }, command.optsWithGlobals(), command.args);
      } finally {
        await workplace.close();
      }
    })(...given);
  };

/** For commander: a whole number between two others, both included. */
export const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`A whole number from ${least} to ${most} is needed.`);
  };
