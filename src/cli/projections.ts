import type { Command } from 'commander';
import type { ProjectionStatus } from '../control/projections-list.ts';
import type { VerifiedProjection } from '../control/projections-verify.ts';
import { grouped } from './bars.ts';
import { exitCodes } from './exit-codes.ts';
import type { Run } from './run-command.ts';
import { perform } from './session.ts';
import { table } from './table.ts';
import { paint, type Terminal } from './terminal.ts';

const showStatus = (terminal: Terminal, statuses: readonly ProjectionStatus[]): void => {
  const rows = statuses.map(({ name, generation, state, position, lag_events, lag_seconds, parked }) => [
    name,
    generation,
    state,
    position.slice(position.lastIndexOf('.') + 1),
    grouped(lag_events),
    `${lag_seconds} s`,
    parked === 0 ? '0' : paint(terminal, 'red', grouped(parked)),
  ]);
  terminal.out(
    table(['PROJECTION', 'GEN', 'STATE', 'POSITION', 'BEHIND', 'BY', 'PARKED'], rows, [1, 3, 4, 5, 6]),
  );
};

const showVerified = (
  terminal: Terminal,
  { name, equal, live, first_difference }: VerifiedProjection,
): void => {
  const verdict = equal ? paint(terminal, 'green', 'equal') : paint(terminal, 'red', 'DIFFERENT');
  const where = first_difference === null ? '' : `, first at document ${first_difference}`;
  terminal.out(`${verdict} ${name}: ${grouped(live.rows)} documents, ${live.hash.slice(0, 16)}${where}`);
};

const addReading = (projections: Command, run: Run): void => {
  projections
    .command('list')
    .description('what read models there are')
    .action(
      run(async (session) => {
        const all = await perform(session, 'projections.list', {});
        if (session.terminal.json) session.terminal.out(JSON.stringify(all));
        else {
          const rows = all.map(({ name, indexes, handles }) => [name, indexes.join(', '), handles.length]);
          session.terminal.out(table(['PROJECTION', 'INDEXES', 'EVENT TYPES'], rows, [2]));
        }
        return exitCodes.ok;
      }),
    );
  projections
    .command('status')
    .description('how far each read model has come')
    .action(
      run(async (session) => {
        const statuses = await perform(session, 'projections.status', {});
        if (session.terminal.json) session.terminal.out(JSON.stringify(statuses));
        else showStatus(session.terminal, statuses);
        return statuses.some(({ parked }) => parked > 0) ? exitCodes.failed : exitCodes.ok;
      }),
    );
};

const addRebuild = (projections: Command, run: Run): void => {
  projections
    .command('rebuild [name...]')
    .description('build read models again from the log, beside the live ones, and let them take over')
    .option('--all', 'every one of them')
    .action(
      run(async (session, { all }: { all?: true }, names) => {
        if ((names.length === 0) !== (all === true)) {
          session.terminal.err('error: Name the read models to rebuild, or say --all; one of the two.');
          return exitCodes.usage;
        }
        await perform(session, 'projections.rebuild', { names: [...names] }, (rebuilt) =>
          session.terminal.out(
            session.terminal.json
              ? JSON.stringify(rebuilt)
              : `${rebuilt.name}: generation ${rebuilt.generation} is live`,
          ),
        );
        return exitCodes.ok;
      }),
    );
  projections
    .command('rollback <name>')
    .description('let the generation before the last rebuild take over again')
    .action(
      run(async (session, _options, [name = '']) => {
        const back = await perform(session, 'projections.rollback', { name });
        session.terminal.out(
          session.terminal.json
            ? JSON.stringify(back)
            : `${back.name}: generation ${back.generation} is live`,
        );
        return exitCodes.ok;
      }),
    );
};

const addVerify = (projections: Command, run: Run): void => {
  projections
    .command('verify [name...]')
    .description('rebuild read models where nobody reads them and compare with the live ones')
    .action(
      run(async (session, _options, names) => {
        const { terminal } = session;
        const { different } = await perform(
          session,
          'projections.verify',
          { names: [...names] },
          (verified) =>
            terminal.json ? terminal.out(JSON.stringify(verified)) : showVerified(terminal, verified),
        );
        if (different === 0) return exitCodes.ok;
        terminal.err('A read model that differs is healed by: storyline projections rebuild NAME');
        return exitCodes.failed;
      }),
    );
};

export const addProjectionCommands = (program: Command, run: Run): void => {
  const projections = program
    .command('projections')
    .description('the read models, all made from the history');
  addReading(projections, run);
  addRebuild(projections, run);
  addVerify(projections, run);
};
