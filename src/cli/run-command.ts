import { InvalidArgumentError, type Command } from 'commander';
import { OperationFailed } from '../control/protocol.ts';
import { exitCodeOf, exitCodes, Unreachable, type ExitCode } from './exit-codes.ts';
import type { Session } from './session.ts';
import { paint, systemTerminal, type Terminal } from './terminal.ts';
import { findWorkplace, type OpenedEngines } from './work.ts';

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
export type Run = <Options>(handler: Handler<Options>) => (...given: unknown[]) => Promise<void>;

export interface Surroundings {
  /** Opens the engines below the data directory, when no program answers there. @throws Unreachable */
  readonly open: (dataDir: string) => Promise<OpenedEngines>;
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

export const runner =
  ({ open, signal }: Surroundings): Run =>
  (handler) =>
  async (...given) => {
    const command = given.at(-1) as Command;
    const options = command.optsWithGlobals<CommonOptions>();
    const terminal = systemTerminal(options.json === true);
    try {
      const workplace = await findWorkplace(options.dataDir, () => open(options.dataDir));
      try {
        process.exitCode = await handler({ terminal, workplace, signal }, options as never, command.args);
      } finally {
        await workplace.close();
      }
    } catch (error) {
      process.exitCode = report(terminal, error);
    }
  };

/** For commander: a whole number from 0 on. */
export const wholeNumber = (text: string): number => {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('A whole number is needed.');
  return Number(text);
};
