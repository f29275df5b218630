import type { Aggregate } from '../../core/aggregate.ts';
import type { Instant } from '../../core/clock.ts';
import type { PostId, UserId } from '../../core/ids.ts';
import { unreachable } from '../../core/result.ts';
import { orNull } from '../../events/event-schema.ts';
import type { PostEvent } from '../../events/post.ts';

/** What an author may write and change; `null` is "left out", and what was erased reads the same. */
export interface Written {
  readonly title: string | null;
  readonly content: string | null;
  readonly description: string | null;
  readonly place: string | null;
  readonly taggedUsers: readonly UserId[];
}

/**
 * Bytes of all texts as JSON. Sealed they grow by a third, and one append takes 512 KiB: 100,000 characters always fit
 * unless most of them are emoji.
 */
const mostBytes = 380_000;

export const isTooLarge = ({ title, content, description, place }: Written): boolean =>
  Buffer.byteLength(JSON.stringify({ title, content, description, place })) > mostBytes;

interface Kept {
  readonly postId: PostId;
  readonly authorId: UserId;
  readonly written: Written;
}

export type Post =
  | { readonly is: 'absent' }
  /** Created, and seen by its author only. */
  | ({ readonly is: 'unpublished' } & Kept)
  | ({ readonly is: 'published' } & Kept)
  | ({
      readonly is: 'removed';
      readonly was: 'unpublished' | 'published';
      readonly by: UserId;
      readonly restoreUntil: Instant;
    } & Kept);

const evolve = (state: Post, event: PostEvent): Post => {
  switch (event.type) {
    case 'PostCreated':
      return {
        is: 'unpublished',
        postId: event.postId,
        authorId: event.authorId,
        written: writtenIn(event),
      };
    case 'PostPublished':
      return state.is === 'unpublished' ? { ...state, is: 'published' } : state;
    case 'PostEdited':
      return state.is === 'absent' ? state : { ...state, written: writtenIn(event) };
    case 'PostRemoved':
      return state.is === 'absent' || state.is === 'removed'
        ? state
        : { ...state, is: 'removed', was: state.is, by: event.by, restoreUntil: event.restoreUntil };
    case 'PostRestored':
      return state.is === 'removed' ? { ...kept(state), is: state.was } : state;
    default:
      return unreachable(event);
  }
};

const writtenIn = (event: Extract<PostEvent, { type: 'PostCreated' | 'PostEdited' }>): Written => ({
  title: orNull(event.title),
  content: orNull(event.content),
  description: orNull(event.description),
  place: orNull(event.place),
  taggedUsers: event.taggedUsers,
});

const kept = ({ postId, authorId, written }: Kept): Kept => ({ postId, authorId, written });

export const Post: Aggregate<Post, PostEvent> = { kind: 'post', initial: { is: 'absent' }, evolve };
