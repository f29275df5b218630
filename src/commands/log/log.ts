import type { Aggregate } from '../../core/aggregate.ts';
import type { LogEvent, LogId } from '../../events/log.ts';

export type Log = { readonly is: 'new' } | { readonly is: 'started'; readonly logId: LogId };

/** There is one: its id within the kind is `self`. */
export const log: Aggregate<Log, LogEvent> = {
  kind: 'log',
  initial: { is: 'new' },
  evolve: (_state, event) => ({ is: 'started', logId: event.logId }),
};
