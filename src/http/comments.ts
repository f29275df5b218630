import { Type, type Static } from '@sinclair/typebox';
import { Comment } from '../commands/comments/comment.ts';
import { createComment } from '../commands/comments/create-comment.ts';
import { editComment } from '../commands/comments/edit-comment.ts';
import { removeComment } from '../commands/comments/remove-comment.ts';
import { restoreComment } from '../commands/comments/restore-comment.ts';
import type { CommandBus } from '../commands/execute.ts';
import { instant } from '../core/clock.ts';
import type { CommentId, PostId, UserId } from '../core/ids.ts';
import { refuse, type Refused } from '../core/result.ts';
import type { Recorded } from '../events/codec.ts';
import { commentTree } from '../queries/comment-tree.ts';
import { readComment } from '../queries/comment.ts';
import { flatComments } from '../queries/flat-comments.ts';
import {
  CommentPageSchema,
  CommentSchema,
  CreateCommentSchema,
  ReplaceCommentSchema,
} from './comment-schemas.ts';
import { pageParameters, pageRequest } from './paging.ts';
import { DeletedSchema } from './post-schemas.ts';
import { PostParameters } from './posts.ts';
import { publishedPost } from './published-post.ts';
import { readOwn } from './read-own.ts';
import { route, type Reply, type Route } from './route.ts';
import type { Services } from './services.ts';

export const CommentParameters = Type.Object({ comment_id: Type.String({ format: 'uuid' }) });

const idOf = (params: Static<typeof CommentParameters>): CommentId => params.comment_id as CommentId;

const commentReply = { description: 'The comment.', schema: CommentSchema };
const tag = 'comments';
const common = ['idempotency_key_reused', 'precondition_failed'] as const;
const shown = [...common, 'not_shown_yet'] as const;
const defaultDepth = 3;

/** Whether the post of a comment is there to be seen, by both their streams. */
const isUnderPublished = async (bus: CommandBus, id: CommentId): Promise<boolean> => {
  const { state } = await bus.load(Comment, id);
  return state.is !== 'absent' && (await publishedPost(bus, state.postId)) !== undefined;
};

/** The comment after a command, as whoever gave it sees it. */
const replyWithComment = async (
  services: Services,
  viewer: UserId,
  id: CommentId,
  written: readonly Recorded[],
  created?: { readonly mount: string },
): Promise<Reply | Refused<'comment_not_found' | 'not_shown_yet'>> => {
  const { models, logId } = services;
  const comment = await readOwn(services, written, () => readComment(models, logId, viewer, id, written));
  if (comment === undefined) return refuse('comment_not_found');
  if ('refusal' in comment) return comment;
  return created === undefined
    ? { status: 200, ...comment }
    : { status: 201, ...comment, headers: { Location: `${created.mount}/comments/${id}` } };
};

export const commentRoutes: readonly Route[] = [
  route({
    name: 'createComment',
    method: 'POST',
    path: '/posts/{post_id}/comments',
    tag,
    summary: 'Comment on a post, or answer a comment',
    who: 'user',
    params: PostParameters,
    body: CreateCommentSchema,
    replies: { 201: { ...commentReply, headers: { Location: 'Where the comment is.' } } },
    refusals: [...shown, 'id_taken', 'post_not_found', 'comment_not_found', 'parent_comment_unknown'],
    handler: async ({ body, caller, execute, newId, mount, params }, services) => {
      const { bus, clock } = services;
      const commentId = newId<CommentId>('comment');
      const parentId = body.parent_id?.toLowerCase() as CommentId | undefined;
      const post = await publishedPost(bus, params.post_id as PostId);
      const parent = parentId === undefined ? undefined : (await bus.load(Comment, parentId)).state;
      const { userId: by } = caller;
      const at = instant(clock.now());
      const done = await execute(Comment, commentId, (comment) =>
        createComment(comment, { commentId, by, content: body.content, at, post, parent }),
      );
      return done.ok ? replyWithComment(services, by, commentId, done.value.events, { mount }) : done;
    },
  }),
  route({
    name: 'listComments',
    method: 'GET',
    path: '/posts/{post_id}/comments',
    tag,
    summary: 'The comments of a post, oldest first',
    description:
      'As a tree: `depth` levels below the post or below `parent`, at most 1,000 comments an answer; wherever it was cut, ' +
      '`replies.next_cursor` goes on together with `parent=<id of that comment>`. Flat: every comment in the order they ' +
      'were written. A deleted comment that has replies stays as an empty node.',
    who: 'optional',
    params: PostParameters,
    query: Type.Object({
      ...pageParameters,
      parent: Type.Optional(
        Type.String({ format: 'uuid', description: 'Only what answers this comment; not with view=flat.' }),
      ),
      depth: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 20, description: 'Levels of the tree, 3 by default.' }),
      ),
      view: Type.Optional(Type.String({ enum: ['tree', 'flat'], description: '`tree` by default.' })),
    }),
    replies: { 200: { description: 'A page of comments.', schema: CommentPageSchema } },
    refusals: [
      'cursor_malformed',
      'cursor_of_another_log',
      'flat_view_has_no_parent',
      'post_not_found',
      'comment_not_found',
    ],
    handler: async ({ caller, params, query }, { models, logId }) => {
      const viewer = caller?.userId;
      const postId = params.post_id as PostId;
      const page = pageRequest(query);
      const { parent, depth = defaultDepth } = query;
      if (query.view === 'flat' && parent !== undefined) return refuse('flat_view_has_no_parent');
      const found =
        query.view === 'flat'
          ? await flatComments(models, logId, viewer, postId, page)
          : await commentTree(models, logId, viewer, postId, {
              ...page,
              depth,
              ...(parent === undefined ? {} : { parent: parent as CommentId }),
            });
      return found.ok ? { status: 200, ...found.value } : found;
    },
  }),
  route({
    name: 'getComment',
    method: 'GET',
    path: '/comments/{comment_id}',
    tag,
    summary: 'One comment',
    description: 'Its replies are behind `replies.next_cursor`.',
    who: 'optional',
    params: CommentParameters,
    replies: { 200: commentReply },
    refusals: ['comment_not_found'],
    handler: async ({ caller, params }, { models, logId }) => {
      const comment = await readComment(models, logId, caller?.userId, idOf(params));
      return comment === undefined ? refuse('comment_not_found') : { status: 200, ...comment };
    },
  }),
  route({
    name: 'replaceComment',
    method: 'PUT',
    path: '/comments/{comment_id}',
    tag,
    summary: 'Change a comment',
    who: 'user',
    params: CommentParameters,
    body: ReplaceCommentSchema,
    ifMatch: true,
    replies: { 200: commentReply },
    refusals: [...shown, 'comment_not_found', 'not_the_author'],
    handler: async ({ body, caller, execute, params }, services) => {
      const id = idOf(params);
      const postIsPublished = await isUnderPublished(services.bus, id);
      const { userId: by } = caller;
      const at = instant(services.clock.now());
      const done = await execute(Comment, id, (comment) =>
        editComment(comment, { by, content: body.content, at, postIsPublished }),
      );
      return done.ok ? replyWithComment(services, by, id, done.value.events) : done;
    },
  }),
  route({
    name: 'deleteComment',
    method: 'DELETE',
    path: '/comments/{comment_id}',
    tag,
    summary: 'Delete a comment',
    description: 'By its author or the author of the post. What answers it stays.',
    who: 'user',
    params: CommentParameters,
    ifMatch: true,
    replies: { 200: { description: 'Deleted.', schema: DeletedSchema } },
    refusals: [...common, 'comment_not_found', 'not_the_author'],
    handler: async ({ caller, execute, params }, { bus, clock, restoreWindow }) => {
      const id = idOf(params);
      const postIsPublished = await isUnderPublished(bus, id);
      const now = clock.now();
      const [at, restoreUntil] = [instant(now), instant(now + restoreWindow)];
      const done = await execute(Comment, id, (comment) =>
        removeComment(comment, { by: caller.userId, at, restoreUntil, postIsPublished }),
      );
      if (!done.ok) return done;
      const removed = done.value.events.find(({ event }) => event.type === 'CommentRemoved')?.event;
      const until = removed?.type === 'CommentRemoved' ? removed.restoreUntil : restoreUntil;
      return { status: 200, body: { id, restore_until: until } };
    },
  }),
  route({
    name: 'restoreComment',
    method: 'POST',
    path: '/comments/{comment_id}/restore',
    tag,
    summary: 'Bring a deleted comment back',
    description: 'With its likes; by whoever deleted it, while there is time.',
    who: 'user',
    params: CommentParameters,
    replies: { 200: commentReply },
    refusals: [...shown, 'comment_not_found', 'not_the_author', 'not_deleted', 'restore_too_late'],
    handler: async ({ caller, execute, params }, services) => {
      const id = idOf(params);
      const postIsPublished = await isUnderPublished(services.bus, id);
      const { userId: by } = caller;
      const at = instant(services.clock.now());
      const done = await execute(Comment, id, (comment) =>
        restoreComment(comment, { by, at, postIsPublished }),
      );
      return done.ok ? replyWithComment(services, by, id, done.value.events) : done;
    },
  }),
];
