import type { Aggregate } from '../../core/aggregate.ts';
import { deriveId, type CommentId, type PostId, type UserId } from '../../core/ids.ts';
import { unreachable } from '../../core/result.ts';
import type { LikeEvent, LikeId } from '../../events/like.ts';

/** Whether one user likes one thing. */
export interface Like {
  readonly liked: boolean;
}

/** A post or a comment that its reader can see. */
export interface LikeTarget {
  readonly kind: 'post' | 'comment';
  readonly id: PostId | CommentId;
  readonly authorId: UserId;
  /** The post itself, or the comment's. */
  readonly postId: PostId;
}

/** One stream per user and target, so that a thing which everybody likes is nobody's bottleneck. */
export const likeStreamId = (kind: LikeTarget['kind'], id: string, user: UserId): string =>
  `${kind}-${id}-${user}`;

export const likeFields = (target: LikeTarget, userId: UserId) => ({
  likeId: deriveId<LikeId>('like', target.kind, target.id, userId),
  targetKind: target.kind,
  targetId: target.id,
  targetAuthorId: target.authorId,
  postId: target.postId,
  userId,
});

const evolve = (_state: Like, event: LikeEvent): Like => {
  switch (event.type) {
    case 'Liked':
      return { liked: true };
    case 'Unliked':
      return { liked: false };
    default:
      return unreachable(event);
  }
};

export const Like: Aggregate<Like, LikeEvent> = { kind: 'like', initial: { liked: false }, evolve };
