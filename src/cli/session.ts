import { systemClock } from '../core/clock.ts';
import type { ItemOf, OperationName, ParamsOf, ResultOf } from '../control/operations.ts';
import { progressView } from './progress-view.ts';
import type { Terminal } from './terminal.ts';
import type { Workplace } from './work.ts';

/** What a command has at hand while it runs. */
export interface Session {
  readonly terminal: Terminal;
  readonly workplace: Workplace;
  /** Aborts at Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Runs an operation, showing how far it has come. */
export const perform = async <Name extends OperationName>(
  { terminal, workplace, signal }: Session,
  operation: Name,
  params: ParamsOf<Name>,
  onItem: (item: ItemOf<Name>) => void = () => undefined,
): Promise<ResultOf<Name>> => {
  const view = progressView(terminal, systemClock);
  try {
    return await workplace.perform(operation, params, {
      progress: async (advance) => view.show(advance),
      item: async (item) => {
        view.end();
        onItem(item);
      },
      signal,
    });
  } finally {
    view.end();
  }
};
