import type { Position } from '../core/position.ts';
import { start } from '../core/position.ts';
import type { EventLog, RecordedEvent } from '../ports/event-log.ts';
import type { Watch } from './operation.ts';

const batchSize = 4096;

/** Walks the log from its beginning to where its end is now, telling how far it has come. */
export async function* readLog(
  log: EventLog,
  label: string,
  { progress, signal }: Pick<Watch<never>, 'progress' | 'signal'>,
): AsyncGenerator<readonly RecordedEvent[]> {
  const head = await log.head();
  let after: Position = start;
  while (after < head && !signal.aborted) {
    const events = await log.readAll({ after, limit: batchSize });
    const last = events.at(-1);
    if (last === undefined) return;
    after = last.position;
    yield events.filter(({ position }) => position <= head);
    await progress({ label, done: Number(after < head ? after : head), total: Number(head), unit: 'events' });
  }
}
