import type { Recorded } from '../events/codec.ts';
import type { DomainEvent } from '../events/event-schema.ts';
import type { CollectionSpec } from '../ports/read-store.ts';

/**
 * A read model as two pure functions (ARCHITECTURE rule 8). A document depends on nothing but the events whose `keys`
 * name it; the runner keeps `pos`, so each event counts once whatever is delivered twice.
 */
export interface Projection<
  Document extends object = object,
  Event extends DomainEvent = DomainEvent,
> extends CollectionSpec {
  /** The only event types that are decoded and offered to `keys`. */
  readonly handles: readonly Event['type'][];
  /** False when texts are not needed: the sealed boxes stay shut, personal fields come as erased. */
  readonly personal: boolean;
  /** Ids of the documents that the event changes: at most 16, from the event alone. */
  readonly keys: (event: Event) => readonly string[];
  /** The document `id` after the event. Uses no clock, chance, look-up or key order. */
  readonly apply: (document: Document | undefined, recorded: Recorded<Event>, id: string) => Document;
  /** A counter in the ephemeral store that grows with every batch that changed a document (caches key on it). */
  readonly versionCounter?: string;
}

/** Gives a projection its types; what the runner handles is `Projection` without them. */
export const defineProjection = <Document extends object, Event extends DomainEvent>(
  projection: Projection<Document, Event>,
): Projection<Document, Event> => projection;
