import { Type } from '@sinclair/typebox';
import { Comment } from '../commands/comments/comment.ts';
import type { CommandBus } from '../commands/execute.ts';
import { Like, likeStreamId, type LikeTarget } from '../commands/likes/like.ts';
import { setLike } from '../commands/likes/set-like.ts';
import { toggleLike } from '../commands/likes/toggle-like.ts';
import { instant } from '../core/clock.ts';
import type { CommentId, PostId } from '../core/ids.ts';
import { ok, refuse, type Refused, type Result } from '../core/result.ts';
import { readComment } from '../queries/comment.ts';
import { likers } from '../queries/likers.ts';
import { findPost } from '../queries/post.ts';
import { CommentParameters } from './comments.ts';
import { PageSchema, pageParameters, pageRequest } from './paging.ts';
import { AuthorSchema } from './post-schemas.ts';
import { PostParameters } from './posts.ts';
import { publishedPost } from './published-post.ts';
import { readOwn } from './read-own.ts';
import { route, type Reply, type Route, type RouteRequest } from './route.ts';
import type { Services } from './services.ts';

const LikeStateSchema = Type.Object(
  { liked: Type.Boolean(), likes_count: Type.Integer({ minimum: 0 }) },
  { $id: 'LikeStateSchema', additionalProperties: false },
);

const likeFields = {
  id: Type.String({ format: 'uuid' }),
  user: AuthorSchema,
  post: Type.String({ format: 'uuid' }),
  created_at: Type.String({ format: 'date-time' }),
};

const PostLikeSchema = Type.Object(likeFields, { $id: 'PostLikeSchema', additionalProperties: false });

const CommentLikeSchema = Type.Object(
  { ...likeFields, comment: Type.String({ format: 'uuid' }) },
  { $id: 'CommentLikeSchema', additionalProperties: false },
);

type TargetRefusal = 'post_not_found' | 'comment_not_found';

/** Only what is there to be seen can be liked: asked of the streams, not of a read model. */
const postTarget = async (bus: CommandBus, id: PostId): Promise<Result<LikeTarget, TargetRefusal>> => {
  const post = await publishedPost(bus, id);
  return post === undefined
    ? refuse('post_not_found')
    : ok({ kind: 'post', id, authorId: post.authorId, postId: id });
};

const commentTarget = async (bus: CommandBus, id: CommentId): Promise<Result<LikeTarget, TargetRefusal>> => {
  const { state } = await bus.load(Comment, id);
  if (state.is !== 'live' || (await publishedPost(bus, state.postId)) === undefined)
    return refuse('comment_not_found');
  return ok({ kind: 'comment', id, authorId: state.authorId, postId: state.postId });
};

const common = ['idempotency_key_reused', 'precondition_failed', 'not_shown_yet'] as const;

type Execute = Pick<RouteRequest<'user', undefined, undefined, undefined>, 'caller' | 'execute'>;

/** Toggling, setting and clearing answer alike: whether the caller likes it now, and how many do. */
const changeLike = async (
  { caller, execute }: Execute,
  services: Services,
  found: Result<LikeTarget, TargetRefusal>,
  liked: boolean | 'toggle',
): Promise<Reply | Refused<TargetRefusal | (typeof common)[number]>> => {
  if (!found.ok) return found;
  const { clock, models } = services;
  const target = found.value;
  const change = { target, by: caller.userId, at: instant(clock.now()) };
  const done = await execute(Like, likeStreamId(target.kind, target.id, caller.userId), (like) =>
    liked === 'toggle' ? toggleLike(like, change) : setLike(like, { ...change, liked }),
  );
  if (!done.ok) return done;
  const { events, state } = done.value;
  const model = target.kind === 'post' ? models.posts : models.comments;
  const likes = await readOwn(
    services,
    events,
    async () => (await model.get(target.id, events))?.value.likes,
  );
  if (typeof likes !== 'number') return refuse('not_shown_yet');
  // A repeat answers what the first one did, whatever came after it.
  const last = events.at(-1)?.event;
  const isLiked = last === undefined ? state.liked : last.type === 'Liked';
  return { status: 200, body: { liked: isLiked, likes_count: likes } };
};

const changes = [
  { name: 'toggleLike', method: 'POST', liked: 'toggle', summary: 'Like, or take the like back' },
  { name: 'setLike', method: 'PUT', liked: true, summary: 'Like' },
  { name: 'clearLike', method: 'DELETE', liked: false, summary: 'Take the like back' },
] as const;

const cursorRefusals = ['cursor_malformed', 'cursor_of_another_log'] as const;
const tag = 'likes';

const postLikeRoutes: readonly Route[] = [
  ...changes.map(({ name, method, liked, summary }) =>
    route({
      name: `${name}OfPost`,
      method,
      path: '/posts/{post_id}/like',
      tag,
      summary: `${summary}: a post`,
      who: 'user',
      params: PostParameters,
      replies: { 200: { description: 'How it stands.', schema: LikeStateSchema } },
      refusals: [...common, 'post_not_found', 'comment_not_found'],
      handler: async (request, services) =>
        changeLike(
          request,
          services,
          await postTarget(services.bus, request.params.post_id as PostId),
          liked,
        ),
    }),
  ),
  route({
    name: 'listLikesOfPost',
    method: 'GET',
    path: '/posts/{post_id}/likes',
    tag,
    summary: 'Who likes a post, latest first',
    who: 'optional',
    params: PostParameters,
    query: Type.Object(pageParameters),
    replies: {
      200: { description: 'A page of likes.', schema: PageSchema(PostLikeSchema, 'PostLikePageSchema') },
    },
    refusals: [...cursorRefusals, 'post_not_found'],
    handler: async ({ caller, params, query }, { models, logId }) => {
      const id = params.post_id as PostId;
      if ((await findPost(models, caller?.userId, id)) === undefined) return refuse('post_not_found');
      const page = await likers(models, logId, caller?.userId, { kind: 'post', id, ...pageRequest(query) });
      return page.ok ? { status: 200, ...page.value } : page;
    },
  }),
];

const commentLikeRoutes: readonly Route[] = [
  ...changes.map(({ name, method, liked, summary }) =>
    route({
      name: `${name}OfComment`,
      method,
      path: '/comments/{comment_id}/like',
      tag,
      summary: `${summary}: a comment`,
      who: 'user',
      params: CommentParameters,
      replies: { 200: { description: 'How it stands.', schema: LikeStateSchema } },
      refusals: [...common, 'post_not_found', 'comment_not_found'],
      handler: async (request, services) =>
        changeLike(
          request,
          services,
          await commentTarget(services.bus, request.params.comment_id as CommentId),
          liked,
        ),
    }),
  ),
  route({
    name: 'listLikesOfComment',
    method: 'GET',
    path: '/comments/{comment_id}/likes',
    tag,
    summary: 'Who likes a comment, latest first',
    who: 'optional',
    params: CommentParameters,
    query: Type.Object(pageParameters),
    replies: {
      200: {
        description: 'A page of likes.',
        schema: PageSchema(CommentLikeSchema, 'CommentLikePageSchema'),
      },
    },
    refusals: [...cursorRefusals, 'comment_not_found'],
    handler: async ({ caller, params, query }, { models, logId }) => {
      const id = params.comment_id as CommentId;
      if ((await readComment(models, logId, caller?.userId, id)) === undefined)
        return refuse('comment_not_found');
      const page = await likers(models, logId, caller?.userId, {
        kind: 'comment',
        id,
        ...pageRequest(query),
      });
      return page.ok ? { status: 200, ...page.value } : page;
    },
  }),
];

export const likeRoutes: readonly Route[] = [...postLikeRoutes, ...commentLikeRoutes];
