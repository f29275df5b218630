import { Type } from '@sinclair/typebox';
import { parseId, type EventId, type StreamName } from '../core/ids.ts';
import { parsePosition, type Position } from '../core/position.ts';
import type { EventLog, RecordedEvent } from '../ports/event-log.ts';
import type { Engines } from './engines.ts';
import { viewEvents, type EventView } from './event-view.ts';
import { defineOperation, type Watch } from './operation.ts';
import { OperationFailed } from './protocol.ts';
import { readLog } from './read-log.ts';

const params = Type.Object(
  {
    /** An event's id, a position (`<log id>.<n>` or `<n>`), or a stream's name. */
    what: Type.String({ minLength: 1, maxLength: 300 }),
    open: Type.Boolean({ default: false }),
  },
  { additionalProperties: false },
);

const streamPage = 1024;

const byPosition = async (log: EventLog, position: Position): Promise<readonly RecordedEvent[]> => {
  if (position === 0n) return [];
  const events = await log.readAll({ after: (position - 1n) as Position, limit: 1 });
  return events.filter((event) => event.position === position);
};

/** Nothing indexes events by their id, for nothing else asks for one: the whole log is looked through. */
const byId = async (
  log: EventLog,
  id: EventId,
  watch: Watch<EventView>,
): Promise<readonly RecordedEvent[]> => {
  for await (const events of readLog(log, 'looking for the event', watch)) {
    const found = events.find((event) => event.id === id);
    if (found !== undefined) return [found];
  }
  return [];
};

const byStream = async function* (
  log: EventLog,
  stream: StreamName,
): AsyncGenerator<readonly RecordedEvent[]> {
  for (let from = 0; ; from += streamPage) {
    const events = await log.readStream(stream, { from, limit: streamPage });
    yield events;
    if (events.length < streamPage) return;
  }
};

const find = async function* (
  { log, logId }: Engines,
  what: string,
  watch: Watch<EventView>,
): AsyncGenerator<readonly RecordedEvent[]> {
  const id = parseId<EventId>(what);
  if (id !== undefined) {
    yield await byId(log, id, watch);
    return;
  }
  const position = parsePosition(logId, /^\d+$/.test(what) ? `${logId}.${what}` : what);
  if (position === 'foreign') {
    throw new OperationFailed('usage', `${what} is a position of another log; this one is ${logId}.`);
  }
  if (position === 'malformed') yield* byStream(log, what as StreamName);
  else yield await byPosition(log, position);
};

/** One event, or all events of a stream, as items. */
export const eventsShow = defineOperation<typeof params, EventView, { readonly shown: number }>({
  params,
  run: async (engines, { what, open }, watch) => {
    let shown = 0;
    for await (const events of find(engines, what, watch)) {
      for (const event of await viewEvents(engines, events, open)) await watch.item(event);
      shown += events.length;
    }
    if (shown === 0) {
      throw new OperationFailed(
        'not-found',
        `There is no event or stream ${what}. Give an event's id, a position, or a stream's name as "events tail" shows them.`,
      );
    }
    return { shown };
  },
});
