import { SingleBar } from 'cli-progress';
import type { Clock } from '../core/clock.ts';
import type { Advance } from '../control/protocol.ts';
import { duration, grouped } from './bars.ts';
import type { Terminal } from './terminal.ts';

export interface ProgressView {
  show(advance: Advance): void;
  /** Leaves the last state on the screen. */
  end(): void;
}

/** Rate and time left, as of `seconds` since the work began. */
export const pace = ({ done, total, unit }: Advance, seconds: number): string => {
  if (done <= 0 || seconds <= 0) return 'starting';
  const rate = done / seconds;
  const left = total === undefined ? undefined : Math.max(0, total - done) / rate;
  const speed = `${grouped(rate)} ${unit}/s`;
  return left === undefined || left === 0 ? speed : `${speed}, ${duration(left)} left`;
};

/** Where nobody watches a bar, a line now and then tells a log file that work goes on. */
const linesEvery = 2_000;

const plainLines = (terminal: Terminal, clock: Clock): ProgressView => {
  let label = '';
  let began = 0;
  let told = 0;
  let last: Advance | undefined;
  const tell = (advance: Advance): void => {
    told = clock.now();
    const { done, total, unit } = advance;
    const share = total === undefined || total === 0 ? '' : ` (${Math.floor((done / total) * 100)} %)`;
    terminal.err(
      `${advance.label}: ${grouped(done)}${total === undefined ? '' : ` of ${grouped(total)}`} ${unit}${share}, ${pace(advance, (told - began) / 1000)}`,
    );
    last = undefined;
  };
  const finish = (): void => {
    if (last !== undefined) tell(last);
  };
  return {
    show: (advance) => {
      if (advance.label !== label) {
        finish();
        label = advance.label;
        began = clock.now();
        told = began;
      }
      last = advance;
      if (clock.now() - told >= linesEvery || advance.done === advance.total) tell(advance);
    },
    end: finish,
  };
};

/** The rate and the time left must not be cut off at the edge of the screen: the bar gives way to them. */
export const barLayout = (columns = 80): { readonly format: string; readonly barsize: number } => {
  const wide = columns >= 120;
  return {
    format: `{label} {bar} {percentage} %${wide ? ' {value}/{total} {unit}' : ''} · {pace}`,
    barsize: Math.min(30, Math.max(5, columns - (wide ? 95 : 68))),
  };
};

const movingBar = (clock: Clock): ProgressView => {
  let bar: SingleBar | undefined;
  let label = '';
  let began = 0;
  return {
    show: (advance) => {
      const total = advance.total ?? advance.done;
      if (advance.label !== label || bar === undefined) {
        bar?.stop();
        ({ label } = advance);
        began = clock.now();
        bar = new SingleBar({
          ...barLayout(process.stderr.columns),
          barCompleteChar: '█',
          barIncompleteChar: '░',
          hideCursor: true,
          stream: process.stderr,
        });
        bar.start(total, 0, { label, unit: advance.unit, pace: 'starting' });
      }
      bar.setTotal(total);
      bar.update(advance.done, { pace: pace(advance, (clock.now() - began) / 1000) });
    },
    end: () => {
      bar?.stop();
      bar = undefined;
    },
  };
};

const silent: ProgressView = { show: () => undefined, end: () => undefined };

/** A moving bar on a terminal, plain lines otherwise, nothing for scripts that want JSON. */
export const progressView = (terminal: Terminal, clock: Clock): ProgressView => {
  if (terminal.json) return silent;
  return terminal.moving ? movingBar(clock) : plainLines(terminal, clock);
};
