import type { Instant } from '../../src/core/clock.ts';
import { deriveId, streamName, type EventId, type StreamName } from '../../src/core/ids.ts';
import type { Position } from '../../src/core/position.ts';
import type { AccountEvent } from '../../src/events/account.ts';
import type { Recorded } from '../../src/events/codec.ts';
import type { CommentEvent } from '../../src/events/comment.ts';
import type { DomainEvent } from '../../src/events/event-schema.ts';
import type { LikeEvent } from '../../src/events/like.ts';
import type { PostEvent } from '../../src/events/post.ts';
import { foldDocument } from '../../src/projections/fold.ts';
import type { Projection } from '../../src/projections/projection.ts';

export type StoryEvent = PostEvent | CommentEvent | LikeEvent | AccountEvent;

const streamOf = (event: StoryEvent): StreamName => {
  if ('likeId' in event) {
    return streamName('like', `${event.targetKind}-${event.targetId}-${event.userId}`);
  }
  if ('commentId' in event) return streamName('comment', event.commentId);
  return 'postId' in event ? streamName('post', event.postId) : streamName('account', event.userId);
};

/** Gives events the places that a log would give them, one after the other. */
export const createStory = () => {
  const revisions = new Map<StreamName, number>();
  let position = 0n;
  return {
    tell: (...events: readonly StoryEvent[]): readonly Recorded[] =>
      events.map((event) => {
        const stream = streamOf(event);
        const revision = (revisions.get(stream) ?? -1) + 1;
        revisions.set(stream, revision);
        position += 1n;
        return {
          event,
          id: deriveId<EventId>('story', String(position)),
          stream,
          revision,
          position: position as Position,
          recordedAt: '2026-11-21T12:00:00.000Z' as Instant,
          metadata: { commandId: 'story', actor: null, correlationId: 'story', causationId: 'story' },
        };
      }),
  };
};

/** Every document of a projection after a story. */
export const foldStory = <Document extends object, Event extends DomainEvent>(
  projection: Projection<Document, Event>,
  ...events: readonly StoryEvent[]
): ReadonlyMap<string, Document> => {
  const folding = projection as unknown as Projection;
  const documents = new Map<string, { readonly pos: Position; readonly value: object }>();
  for (const recorded of createStory().tell(...events)) {
    if (!folding.handles.includes(recorded.event.type)) continue;
    for (const id of folding.keys(recorded.event)) {
      const { pos, value, poison } = foldDocument(folding, id, documents.get(id), [recorded]);
      if (poison !== undefined) throw new Error(poison.reason);
      documents.set(id, { pos: pos!, value: value! });
    }
  }
  return new Map([...documents].map(([id, { value }]) => [id, value as Document]));
};
