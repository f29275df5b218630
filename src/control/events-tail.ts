import { Type, type Static } from '@sinclair/typebox';
import { start, type Position } from '../core/position.ts';
import type { EventLog, RecordedEvent } from '../ports/event-log.ts';
import { viewEvents, type EventView } from './event-view.ts';
import { defineOperation } from './operation.ts';

const params = Type.Object(
  {
    /** Beginning of the stream's name, such as `post-`. */
    stream: Type.Optional(Type.String({ maxLength: 200 })),
    types: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { maxItems: 100 })),
    /** How many of the latest events to begin with. */
    last: Type.Integer({ minimum: 0, maximum: 100_000, default: 10 }),
    follow: Type.Boolean({ default: false }),
    open: Type.Boolean({ default: false }),
  },
  { additionalProperties: false },
);

type Filter = Pick<Static<typeof params>, 'stream' | 'types'>;

const wanted =
  ({ stream, types }: Filter) =>
  (event: RecordedEvent): boolean =>
    (stream === undefined || event.stream.startsWith(stream)) &&
    (types === undefined || types.length === 0 || types.includes(event.type));

const windowSize = 4096;

const eventsBetween = async (
  log: EventLog,
  begin: Position,
  end: Position,
): Promise<readonly RecordedEvent[]> => {
  const found: RecordedEvent[] = [];
  for (let after = begin; after < end;) {
    const page = await log.readAll({ after, limit: windowSize });
    found.push(...page.filter(({ position }) => position <= end));
    if (page.length < windowSize) break;
    after = page.at(-1)!.position;
  }
  return found;
};

/** Goes back through the log window by window, so that the end of a long log is found without reading all of it. */
const latestEvents = async (
  log: EventLog,
  head: Position,
  count: number,
  matches: (event: RecordedEvent) => boolean,
  signal: AbortSignal,
): Promise<readonly RecordedEvent[]> => {
  const windows: RecordedEvent[][] = [];
  let found = 0;
  let width = BigInt(windowSize);
  for (let end = head as bigint; end > start && found < count && !signal.aborted;) {
    const begin = end > width ? end - width : 0n;
    const events = await eventsBetween(log, begin as Position, end as Position);
    const matching = events.filter(matches);
    windows.unshift(matching);
    found += matching.length;
    // Positions may have gaps, and then a window holds few events.
    if (events.length < windowSize / 4) width *= 4n;
    end = begin;
  }
  return count === 0 ? [] : windows.flat().slice(-count);
};

/** The latest events, and with `follow` those that come, as items. */
export const eventsTail = defineOperation<typeof params, EventView, null>({
  params,
  run: async (engines, { last, follow, open, ...filter }, { item, signal }) => {
    const matches = wanted(filter);
    const head = await engines.log.head();
    const tell = async (events: readonly RecordedEvent[]): Promise<void> => {
      for (const event of await viewEvents(engines, events, open)) await item(event);
    };
    await tell(await latestEvents(engines.log, head, last, matches, signal));
    if (!follow) return null;
    for await (const batch of engines.log.follow(head, signal)) await tell(batch.filter(matches));
    return null;
  },
});
