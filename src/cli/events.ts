import type { Command } from 'commander';
import type { EventView } from '../control/event-view.ts';
import type { EventStats } from '../control/events-stats.ts';
import { bar, grouped, sparkline } from './bars.ts';
import { exitCodes } from './exit-codes.ts';
import { wholeNumber, type Run } from './run-command.ts';
import { perform } from './session.ts';
import { table } from './table.ts';
import { paint, type Terminal } from './terminal.ts';

const details = (event: EventView): string => {
  const opened = typeof event.opened === 'string' ? `(${event.opened})` : JSON.stringify(event.opened ?? {});
  const sealed = event.sealed_for === null ? '' : event.opened === undefined ? ' [sealed]' : ` ${opened}`;
  return `${JSON.stringify(event.data)}${sealed}`;
};

/** One event on one line: when, where, what. */
const tell = (terminal: Terminal, event: EventView): void => {
  terminal.out(
    terminal.json
      ? JSON.stringify(event)
      : [
          paint(terminal, 'grey', event.recorded_at),
          paint(terminal, 'grey', event.position.slice(event.position.lastIndexOf('.') + 1).padStart(6)),
          paint(terminal, 'bold', event.type),
          `${event.stream}@${event.revision}`,
          details(event),
        ].join(' '),
  );
};

/** Every day from the first to the last, those without events too. */
const everyDay = (days: EventStats['days']): readonly { readonly day: string; readonly count: number }[] => {
  const counts = new Map(days.map(({ day, count }) => [day, count]));
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return [];
  const all: { day: string; count: number }[] = [];
  for (let at = Date.parse(first.day); at <= Date.parse(last.day); at += 86_400_000) {
    const day = new Date(at).toISOString().slice(0, 10);
    all.push({ day, count: counts.get(day) ?? 0 });
  }
  return all;
};

const showStats = (terminal: Terminal, stats: EventStats): void => {
  if (stats.events === 0) {
    terminal.out('The log is empty.');
    return;
  }
  const most = stats.types[0]?.count ?? 0;
  const days = everyDay(stats.days).slice(-60);
  terminal.out(`${grouped(stats.events)} events in ${grouped(stats.streams)} streams`);
  terminal.out(`from ${stats.first_at ?? ''} to ${stats.last_at ?? ''}\n`);
  terminal.out(
    table(
      ['TYPE', 'EVENTS', 'SHARE', ''],
      stats.types.map(({ type, count }) => [
        type,
        grouped(count),
        `${((count / stats.events) * 100).toFixed(1)} %`,
        bar(count, most, 30),
      ]),
      [1, 2],
    ),
  );
  terminal.out(
    `\nby day, ${days[0]?.day ?? ''} to ${days.at(-1)?.day ?? ''}, at most ${grouped(Math.max(...days.map(({ count }) => count)))} a day`,
  );
  terminal.out(sparkline(days.map(({ count }) => count)));
};

const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

export const addEventCommands = (program: Command, run: Run): void => {
  const events = program.command('events').description('the history: what has happened, event by event');

  events
    .command('tail')
    .description('the latest events; with --follow also those that come')
    .option('-n, --last <count>', 'how many to begin with', wholeNumber(0, 100_000), 10)
    .option('-f, --follow', 'go on until Ctrl-C')
    .option('--stream <prefix>', 'only streams whose name begins so, such as post-')
    .option('--type <type>', 'only this type; may be repeated', many)
    .option('--open', 'show personal fields in the clear')
    .action(
      run(
        async (
          session,
          options: { last: number; follow?: true; stream?: string; type?: string[]; open?: true },
        ) => {
          const { last, type = [], stream } = options;
          await perform(
            session,
            'events.tail',
            {
              last,
              types: type,
              follow: options.follow === true,
              open: options.open === true,
              ...(stream === undefined ? {} : { stream }),
            },
            (event) => tell(session.terminal, event),
          );
          return exitCodes.ok;
        },
      ),
    );

  events
    .command('show <what>')
    .description("one event by its id or position, or all events of a stream by the stream's name")
    .option('--open', 'show personal fields in the clear')
    .action(
      run(async (session, { open }: { open?: true }, [what = '']) => {
        await perform(session, 'events.show', { what, open: open === true }, (event) =>
          session.terminal.out(JSON.stringify(event, null, session.terminal.json ? 0 : 2)),
        );
        return exitCodes.ok;
      }),
    );

  events
    .command('stats')
    .description('how many events there are, by type and by day')
    .action(
      run(async (session) => {
        const stats = await perform(session, 'events.stats', {});
        if (session.terminal.json) session.terminal.out(JSON.stringify(stats));
        else showStats(session.terminal, stats);
        return exitCodes.ok;
      }),
    );
};
