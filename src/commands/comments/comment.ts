import type { Aggregate } from '../../core/aggregate.ts';
import type { Instant } from '../../core/clock.ts';
import type { CommentId, PostId, UserId } from '../../core/ids.ts';
import { unreachable } from '../../core/result.ts';
import type { CommentEvent } from '../../events/comment.ts';
import { orNull } from '../../events/event-schema.ts';

interface Kept {
  readonly commentId: CommentId;
  readonly postId: PostId;
  readonly postAuthorId: UserId;
  readonly parentId: CommentId | null;
  readonly authorId: UserId;
  readonly depth: number;
  /** `null` once it was erased. */
  readonly content: string | null;
}

/** The published post that a comment is written under. */
export interface CommentedPost {
  readonly postId: PostId;
  readonly authorId: UserId;
}

export type Comment =
  | { readonly is: 'absent' }
  | ({ readonly is: 'live' } & Kept)
  | ({ readonly is: 'removed'; readonly by: UserId; readonly restoreUntil: Instant } & Kept);

const evolve = (state: Comment, event: CommentEvent): Comment => {
  switch (event.type) {
    case 'CommentCreated': {
      const { commentId, postId, postAuthorId, parentId, authorId, depth } = event;
      const content = orNull(event.content);
      return { is: 'live', commentId, postId, postAuthorId, parentId, authorId, depth, content };
    }
    case 'CommentEdited':
      return state.is === 'absent' ? state : { ...state, content: orNull(event.content) };
    case 'CommentRemoved':
      return state.is === 'live'
        ? { ...state, is: 'removed', by: event.by, restoreUntil: event.restoreUntil }
        : state;
    case 'CommentRestored': {
      if (state.is !== 'removed') return state;
      const { by: _by, restoreUntil: _until, ...kept } = state;
      return { ...kept, is: 'live' };
    }
    default:
      return unreachable(event);
  }
};

export const Comment: Aggregate<Comment, CommentEvent> = {
  kind: 'comment',
  initial: { is: 'absent' },
  evolve,
};
