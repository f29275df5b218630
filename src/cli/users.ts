import type { Command } from 'commander';
import type { ListedUser } from '../control/users.ts';
import { grouped } from './bars.ts';
import { exitCodes } from './exit-codes.ts';
import type { Run } from './run-command.ts';
import { perform } from './session.ts';
import { table } from './table.ts';
import { paint } from './terminal.ts';

export const addUserCommands = (program: Command, run: Run): void => {
  const users = program.command('users').description('the accounts');

  users
    .command('list [prefix]')
    .description('all of them, or those whose username begins so')
    .action(
      run(async (session, _options, [prefix = '']) => {
        const { terminal } = session;
        const found: ListedUser[] = [];
        await perform(session, 'users.list', { prefix }, (user) =>
          terminal.json ? terminal.out(JSON.stringify(user)) : found.push(user),
        );
        if (terminal.json) return exitCodes.ok;
        const rows = found.map(({ id, username, is_active, created_at, posts_count }) => [
          username ?? '(erased)',
          is_active ? 'active' : paint(terminal, 'red', 'disabled'),
          grouped(posts_count),
          created_at.slice(0, 10),
          id,
        ]);
        terminal.out(table(['USERNAME', 'STATE', 'POSTS', 'SINCE', 'ID'], rows, [2]));
        return exitCodes.ok;
      }),
    );

  for (const [verb, done, description] of [
    ['disable', 'disabled', 'shut an account: its sessions end at once, nobody signs in to it'],
    ['enable', 'enabled', 'open a disabled account again'],
  ] as const) {
    users
      .command(`${verb} <user>`)
      .description(`${description} (by username, e-mail or id)`)
      .action(
        run(async (session, _options, [user = '']) => {
          const { terminal } = session;
          const result = await perform(session, `users.${verb}`, { user });
          const said = result.changed ? done : `was ${done} already`;
          terminal.out(terminal.json ? JSON.stringify(result) : `${user}: ${said}`);
          return exitCodes.ok;
        }),
      );
  }
};
