import { Type } from '@sinclair/typebox';
import type { Brand } from '../core/brand.ts';
import type { CommentId, PostId, UserId } from '../core/ids.ts';
import { defineEvent, IdField, InstantField, type EventOf } from './event-schema.ts';

export type LikeId = Brand<string, 'LikeId'>;

const fields = {
  /** The same for every like of one user on one target, however often it is taken back and given again. */
  likeId: IdField<LikeId>(),
  targetKind: Type.Unsafe<'post' | 'comment'>(Type.String({ enum: ['post', 'comment'] })),
  targetId: IdField<PostId | CommentId>(),
  targetAuthorId: IdField<UserId>(),
  /** The liked post, or the post of the liked comment. */
  postId: IdField<PostId>(),
  userId: IdField<UserId>(),
  at: InstantField(),
};

const Liked = defineEvent('Liked', 1, fields);
const Unliked = defineEvent('Unliked', 1, fields);

export const likeEvents = [Liked, Unliked] as const;

/** Everything between one user and one thing to like. Stream: `like-<targetKind>-<targetId>-<userId>`. */
export type LikeEvent = EventOf<(typeof likeEvents)[number]>;
export type Liked = EventOf<typeof Liked>;
export type Unliked = EventOf<typeof Unliked>;
