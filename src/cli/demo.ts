import type { Command } from 'commander';
import { systemClock } from '../core/clock.ts';
import { duration, grouped } from './bars.ts';
import { exitCodes } from './exit-codes.ts';
import { wholeNumber, type Run } from './run-command.ts';
import { perform } from './session.ts';

interface DemoOptions {
  readonly seed: number;
  readonly posts: number;
  readonly comments: number;
}

export const addDemoCommand = (program: Command, run: Run): void => {
  program
    .command('demo')
    .description('fill the installation with people, posts, threads and likes, to look around in')
    .option('--seed <number>', 'another number tells another story', wholeNumber(0, 2 ** 32 - 1), 1)
    .option('--posts <count>', 'how many posts', wholeNumber(1, 100_000), 200)
    .option('--comments <count>', 'how many comments', wholeNumber(0, 1_000_000), 1_500)
    .action(
      run(
        async (session, { seed, posts, comments }: DemoOptions) => {
          const { terminal } = session;
          const began = systemClock.now();
          const made = await perform(session, 'demo', { seed, posts, comments });
          if (terminal.json) {
            terminal.out(JSON.stringify(made));
            return exitCodes.ok;
          }
          const seconds = (systemClock.now() - began) / 1000;
          terminal.out(
            `${made.users} people wrote ${grouped(made.posts)} posts and ${grouped(made.comments)} comments and liked ${grouped(made.likes)} times, in ${duration(seconds)}.`,
          );
          terminal.out('Log in as:');
          for (const { login, password } of made.log_ins) terminal.out(`  ${login}  ${password}`);
          return exitCodes.ok;
        },
        { create: true },
      ),
    );
};
