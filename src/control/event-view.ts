import { formatPosition } from '../core/position.ts';
import { isUndecodable, type EventCodec } from '../events/codec.ts';
import type { JsonObject } from '../core/json.ts';
import type { RecordedEvent } from '../ports/event-log.ts';

/** An event as operators see it. Personal fields stay shut unless they were asked for. */
export interface EventView {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly recorded_at: string;
  readonly schema_version: number;
  readonly actor: string | null;
  readonly correlation_id: string;
  readonly causation_id: string;
  readonly data: JsonObject;
  /** Whose personal fields are sealed in it; `null` when it has none. */
  readonly sealed_for: string | null;
  /** The personal fields, when they were asked for; the reason when they cannot be opened. */
  readonly opened?: JsonObject | string;
}

const view = (logId: string, event: RecordedEvent): EventView => ({
  id: event.id,
  type: event.type,
  stream: event.stream,
  revision: event.revision,
  position: formatPosition(logId, event.position),
  recorded_at: event.recordedAt,
  schema_version: event.schemaVersion,
  actor: event.metadata.actor,
  correlation_id: event.metadata.correlationId,
  causation_id: event.metadata.causationId,
  data: event.data,
  sealed_for: event.box?.subject ?? null,
});

/** Nobody who looks at events needs these, and a terminal's scrollback is no place for them. */
const keptShut = new Set(['passwordHash']);

/** What the box held: the fields of the opened event that its plain data lacks. */
const openedFields = (plain: JsonObject, event: object): JsonObject =>
  Object.fromEntries(
    Object.entries(event)
      .filter(([name]) => name !== 'type' && name !== 'v' && !Object.hasOwn(plain, name))
      .map(([name, value]) => [name, keptShut.has(name) ? '(not shown)' : (value as JsonObject[string])]),
  );

export const viewEvents = async (
  { logId, codec }: { readonly logId: string; readonly codec: EventCodec },
  events: readonly RecordedEvent[],
  open: boolean,
): Promise<readonly EventView[]> => {
  if (!open) return events.map((event) => view(logId, event));
  const opened = await codec.open(events);
  return events.map((event, index) => {
    const shown = view(logId, event);
    const content = opened[index]!;
    if (event.box === undefined) return shown;
    return {
      ...shown,
      opened: isUndecodable(content) ? content.undecodable : openedFields(event.data, content.event),
    };
  });
};
