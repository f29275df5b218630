import type { StreamName } from '../core/ids.ts';
import type { Position } from '../core/position.ts';
import { isUndecodable, type Recorded, type Undecodable } from '../events/codec.ts';
import type { ParkedDocument, StoredDocument } from '../ports/read-store.ts';
import type { Projection } from './projection.ts';

/** Documents that one event may change at most (ARCHITECTURE rule 8). */
const maxKeys = 16;

/** Under this id a whole stream is parked: one of its records cannot be read, or `keys` failed on it. */
export const parkedStreamId = (stream: StreamName): string => `stream:${stream}`;

/** From which position on the events of a document, or of a stream, wait. What is earlier is folded as ever. */
export type Parked = ReadonlyMap<string, Position>;

const waitsFrom = (from: Position | undefined, position: Position): boolean =>
  from !== undefined && position >= from;

/** Whether an event waits because of its stream or, when it is given, of the document it changes. */
export const isHeldBack = (parked: Parked, stream: StreamName, position: Position, id?: string): boolean =>
  parked.size > 0 &&
  (waitsFrom(parked.get(parkedStreamId(stream)), position) ||
    (id !== undefined && waitsFrom(parked.get(id), position)));

/** What a batch means for documents. */
export interface Plan {
  /** Each document with its events, in the log's order. */
  readonly documents: ReadonlyMap<string, readonly Recorded[]>;
  /** Streams that stop here. Their later events are left out of `documents`. */
  readonly poison: readonly ParkedDocument[];
  /** Something parked was met and left out. */
  readonly heldBack: boolean;
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const keysOf = (projection: Projection, recorded: Recorded): readonly string[] => {
  const keys = projection.keys(recorded.event);
  if (keys.length > maxKeys) {
    throw new Error(
      `${projection.name} names ${keys.length} documents for one ${recorded.event.type}; ${maxKeys} is the limit.`,
    );
  }
  return keys;
};

const poisonedStream = (opened: Recorded | Undecodable, reason: string): ParkedDocument => ({
  id: parkedStreamId(opened.stream),
  position: opened.position,
  eventId: opened.id,
  reason,
});

/**
 * Sorts a batch by document.
 * @param mine whether a document belongs to the runner's partition.
 * @param parked documents and streams, each with the position from which on its events wait.
 */
export const planBatch = (
  projection: Projection,
  batch: readonly (Recorded | Undecodable)[],
  mine: (id: string) => boolean,
  parked: Parked,
): Plan => {
  const documents = new Map<string, Recorded[]>();
  const poison: ParkedDocument[] = [];
  const stopped = new Set<string>();
  let heldBack = false;
  for (const opened of batch) {
    if (isHeldBack(parked, opened.stream, opened.position)) {
      heldBack = true;
      continue;
    }
    if (stopped.size > 0 && stopped.has(opened.stream)) continue;
    try {
      if (isUndecodable(opened)) throw new Error(opened.undecodable);
      for (const id of keysOf(projection, opened)) {
        if (!mine(id)) continue;
        if (waitsFrom(parked.get(id), opened.position)) {
          heldBack = true;
          continue;
        }
        const events = documents.get(id);
        if (events === undefined) documents.set(id, [opened]);
        else if (events.at(-1) !== opened) events.push(opened);
      }
    } catch (error) {
      stopped.add(opened.stream);
      poison.push(poisonedStream(opened, reasonOf(error)));
    }
  }
  return { documents, poison, heldBack };
};

/** A document after its events; `poison` is the first that could not be folded, with which folding stopped. */
export interface Folded {
  readonly pos: Position | undefined;
  readonly value: object | undefined;
  readonly poison: ParkedDocument | undefined;
}

/** Folds those events that are later than what the document has seen already. */
export const foldDocument = (
  projection: Projection,
  id: string,
  before: Pick<StoredDocument<object>, 'pos' | 'value'> | undefined,
  events: readonly Recorded[],
): Folded => {
  let pos = before?.pos;
  let value = before?.value;
  for (const recorded of events) {
    if (pos !== undefined && recorded.position <= pos) continue;
    try {
      value = projection.apply(value, recorded, id);
      pos = recorded.position;
    } catch (error) {
      const reason = `${projection.name} cannot apply ${recorded.event.type}: ${reasonOf(error)}`;
      return { pos, value, poison: { id, position: recorded.position, eventId: recorded.id, reason } };
    }
  }
  return { pos, value, poison: undefined };
};
