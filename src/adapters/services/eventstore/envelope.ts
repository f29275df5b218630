import type { AllStreamResolvedEvent, JSONEventData, JSONEventType } from '@eventstore/db-client';
import { instant } from '../../../core/clock.ts';
import type { CommandId, EventId, StreamName, UserId } from '../../../core/ids.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { Position } from '../../../core/position.ts';
import { LogDamaged, type NewEvent, type RecordedEvent, type SealedBox } from '../../../ports/event-log.ts';

interface StoredData extends Record<string, unknown> {
  readonly data: JsonObject;
  readonly box?: SealedBox;
}

/** `$correlationId` and `$causationId` are the names that the server's own tools know. */
interface StoredMetadata extends Record<string, unknown> {
  readonly $correlationId: string;
  readonly $causationId: string;
  readonly commandId: CommandId;
  readonly requestMac?: string;
  readonly actor: UserId | null;
  readonly schemaVersion: number;
}

type StoredEvent = JSONEventType<string, StoredData, StoredMetadata>;

/** An event as the client hands it out. */
type FoundEvent = NonNullable<AllStreamResolvedEvent['event']>;

/** In a stream; old servers do not say where it stands among all. */
export type StreamEvent = Omit<FoundEvent, 'position'> & Partial<Pick<FoundEvent, 'position'>>;

export const toStored = ({
  id,
  type,
  schemaVersion,
  metadata,
  data,
  box,
}: NewEvent): JSONEventData<StoredEvent> => {
  const { commandId, requestMac, actor, correlationId, causationId } = metadata;
  return {
    id,
    contentType: 'application/json',
    type,
    data: box === undefined ? { data } : { data, box },
    metadata: {
      $correlationId: correlationId,
      $causationId: causationId,
      commandId,
      ...(requestMac === undefined ? {} : { requestMac }),
      actor,
      schemaVersion,
    },
  };
};

/** Where it stands, unless the server did not say. */
export const positionOf = (position: { readonly commit: bigint } | undefined): Position | undefined =>
  // Servers before 22.6 say -1, unsigned.
  position === undefined || position.commit >= 2n ** 63n ? undefined : (position.commit as Position);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** @throws LogDamaged for an event that Storyline did not write. */
export const toRecorded = (found: StreamEvent, stream: StreamName, position: Position): RecordedEvent => {
  const { id, type, revision, created } = found;
  const content = found.data as unknown;
  const about = found.metadata as unknown;
  if (
    !found.isJson ||
    !isObject(content) ||
    !isObject(content['data']) ||
    !isObject(about) ||
    !('commandId' in about)
  )
    throw new LogDamaged(
      `Event ${revision} of stream ${found.streamId} (position ${position}) was not written by Storyline. Give the log a server or a prefix of its own.`,
    );
  const { data, box } = content as StoredData;
  const { $correlationId, $causationId, commandId, requestMac, actor, schemaVersion } =
    about as StoredMetadata;
  return {
    id: id as EventId,
    type,
    schemaVersion,
    metadata: {
      commandId,
      ...(requestMac === undefined ? {} : { requestMac }),
      actor,
      correlationId: $correlationId,
      causationId: $causationId,
    },
    data,
    ...(box === undefined ? {} : { box }),
    stream,
    revision: Number(revision),
    position,
    recordedAt: instant(created.getTime()),
  };
};
