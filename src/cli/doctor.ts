import type { Command } from 'commander';
import type { Check } from '../control/doctor.ts';
import { exitCodes } from './exit-codes.ts';
import { checkSurroundings } from './local-checks.ts';
import type { Desk, RunAtDesk } from './run-command.ts';
import { perform } from './session.ts';
import { table } from './table.ts';
import { paint, type Terminal } from './terminal.ts';
import type { Workplace } from './work.ts';

const colours = { ok: 'green', warn: 'yellow', fail: 'red' } as const;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The engines' own checks; that they do not open is a finding too. */
const checkEngines = async ({ terminal, signal, enter }: Desk): Promise<readonly Check[]> => {
  const checks: Check[] = [];
  let workplace: Workplace;
  try {
    workplace = await enter();
  } catch (error) {
    return [
      {
        name: 'engines',
        state: 'fail',
        found: messageOf(error),
        advice: 'Nothing else can be checked before.',
      },
    ];
  }
  checks.push({
    name: 'program',
    state: 'ok',
    found: workplace.where === 'running program' ? 'runs and answers' : 'does not run; checked without it',
  });
  try {
    await perform({ terminal, workplace, signal }, 'doctor', {}, (check) => checks.push(check));
  } catch (error) {
    checks.push({
      name: 'engines',
      state: 'fail',
      found: messageOf(error),
      advice: 'Look at the log of the program.',
    });
  } finally {
    await workplace.close();
  }
  return checks;
};

const show = (terminal: Terminal, checks: readonly Check[]): void => {
  const rows = checks.map(({ name, state, found }) => [paint(terminal, colours[state], state), name, found]);
  terminal.out(table(['', 'CHECK', 'FOUND'], rows));
  for (const { name, state, advice } of checks) {
    if (state !== 'ok' && advice !== undefined)
      terminal.out(`${paint(terminal, colours[state], `${name}:`)} ${advice}`);
  }
};

export const addDoctorCommand = (program: Command, run: RunAtDesk): void => {
  program
    .command('doctor')
    .description('check the installation, every checksum of the log included, and say what to do')
    .action(
      run(async (desk) => {
        const surroundings = await checkSurroundings(desk.dataDir);
        const broken = surroundings.some(({ name, state }) => name === 'data directory' && state === 'fail');
        const checks = [...surroundings, ...(broken ? [] : await checkEngines(desk))];
        const healthy = checks.every(({ state }) => state !== 'fail');
        if (desk.terminal.json) desk.terminal.out(JSON.stringify({ healthy, checks }));
        else show(desk.terminal, checks);
        return healthy ? exitCodes.ok : exitCodes.failed;
      }),
    );
};
