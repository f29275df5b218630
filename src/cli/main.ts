#!/usr/bin/env node
import { Command, CommanderError } from 'commander';
import { loadEnvironmentFile } from '../environment-file.ts';
import { addDeadLetterCommands } from './dead-letters.ts';
import { addDemoCommand } from './demo.ts';
import { addDoctorCommand } from './doctor.ts';
import { addEventCommands } from './events.ts';
import { exitCodes } from './exit-codes.ts';
import { openEngines } from './open-engines.ts';
import { addProjectionCommands } from './projections.ts';
import { addUserCommands } from './users.ts';
import { atDesk, runner } from './run-command.ts';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => interrupted.abort());

// Whoever reads our output may have seen enough (`storyline events tail | head`).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok);
  throw error;
});

loadEnvironmentFile('.env');

const program = new Command('storyline')
  .description('Looks after a Storyline installation: beside the running program, or alone when none runs.')
  .version('0.1.0')
  .option('--data-dir <directory>', 'where the data is', process.env['DATA_DIR'] ?? './data')
  .option('--json', 'results as JSON, for scripts')
  .exitOverride()
  .showHelpAfterError('(--help says what there is)')
  // Subcommands inherit this: they take --data-dir and --json too, and should say so.
  .configureHelp({ showGlobalOptions: true })
  .addHelpText(
    'after',
    [
      '',
      'Exit codes:',
      '  0  done; all checks passed',
      '  1  a check failed, or something did not work',
      '  2  wrong use',
      '  3  no data there, or a program that does not answer',
      '  4  no such event, stream, account or read model',
    ].join('\n'),
  );

const surroundings = { open: openEngines, signal: interrupted.signal };
const run = runner(surroundings);
addDemoCommand(program, run);
addEventCommands(program, run);
addProjectionCommands(program, run);
addDeadLetterCommands(program, run);
addUserCommands(program, run);
addDoctorCommand(program, atDesk(surroundings));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
}
