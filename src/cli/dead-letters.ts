import type { Command } from 'commander';
import { exitCodes } from './exit-codes.ts';
import type { Run } from './run-command.ts';
import { perform } from './session.ts';
import { table } from './table.ts';

export const addDeadLetterCommands = (program: Command, run: Run): void => {
  const letters = program
    .command('dead-letters')
    .description('documents that wait because an event could not be read');

  letters
    .command('list')
    .description('which there are, and why')
    .action(
      run(async (session) => {
        const { terminal } = session;
        const all = await perform(session, 'dead-letters.list', {});
        if (terminal.json) terminal.out(JSON.stringify(all));
        else if (all.length === 0) terminal.out('There are none.');
        else {
          const rows = all.map(({ projection, document, event, reason }) => [
            projection,
            document,
            event,
            reason,
          ]);
          terminal.out(table(['PROJECTION', 'DOCUMENT', 'EVENT', 'REASON'], rows));
        }
        return exitCodes.ok;
      }),
    );

  letters
    .command('retry [projection] [document]')
    .description('fold them again from the history, after the program was updated')
    .action(
      run(async (session, _options, [projection, document]) => {
        const { terminal } = session;
        const params = {
          ...(projection === undefined ? {} : { projection }),
          ...(document === undefined ? {} : { document }),
        };
        let none = true;
        const { still_parked } = await perform(session, 'dead-letters.retry', params, (letter) => {
          none = false;
          terminal.out(
            terminal.json
              ? JSON.stringify(letter)
              : `${letter.outcome.replace('_', ' ')}: ${letter.projection} ${letter.document}`,
          );
        });
        if (none && !terminal.json) terminal.out('There are none.');
        return still_parked === 0 ? exitCodes.ok : exitCodes.failed;
      }),
    );
};
