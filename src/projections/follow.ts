import type { Position } from '../core/position.ts';
import type { EventLog, RecordedEvent } from '../ports/event-log.ts';

/** From so many events in a batch on there is more to come, and the next is fetched while this one is written. */
const behind = 512;

/**
 * Hands over the log batch by batch, in order, one at a time. While the reader is behind, the next batch is read and
 * prepared in the meantime; at the head it is fetched afterwards, so that it holds all that has come.
 * Ends when `signal` aborts; a failure of the log, of `prepare` or of `handle` ends it with that error.
 */
export const followBatches = async <Prepared>(
  log: EventLog,
  after: Position,
  signal: AbortSignal,
  prepare: (records: readonly RecordedEvent[]) => Promise<Prepared>,
  handle: (prepared: Prepared) => Promise<void>,
): Promise<void> => {
  const ending = new AbortController();
  const batches = log.follow(after, AbortSignal.any([signal, ending.signal]))[Symbol.asyncIterator]();
  const fetch = async () => {
    const next = await batches.next();
    if (next.done === true) return undefined;
    return { size: next.value.length, prepared: await prepare(next.value) };
  };
  let early: ReturnType<typeof fetch> | undefined;
  try {
    for (;;) {
      const batch = await (early ?? fetch());
      early = undefined;
      if (batch === undefined || signal.aborted) return;
      if (batch.size >= behind) {
        early = fetch();
        early.catch(() => undefined);
      }
      await handle(batch.prepared);
    }
  } finally {
    ending.abort();
    await early?.catch(() => undefined);
    await batches.return?.();
  }
};
