import { Type, type TObject, type TSchema } from '@sinclair/typebox';
import { Comment } from '../commands/comments/comment.ts';
import type { CommandBus } from '../commands/execute.ts';
import { Like, likeStreamId, type LikeTarget } from '../commands/likes/like.ts';
import { setLike } from '../commands/likes/set-like.ts';
import { toggleLike } from '../commands/likes/toggle-like.ts';
import { instant } from '../core/clock.ts';
import type { CommentId, PostId, UserId } from '../core/ids.ts';
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

/** What can be liked. */
interface Likeable<Id extends PostId | CommentId> {
  readonly kind: 'post' | 'comment';
  readonly path: string;
  readonly params: TObject;
  /** Which of them is the id. */
  readonly parameter: string;
  readonly target: (bus: CommandBus, id: Id) => Promise<Result<LikeTarget, TargetRefusal>>;
  readonly isSeen: (services: Services, viewer: UserId | undefined, id: Id) => Promise<boolean>;
  readonly page: TSchema;
}

/** Names of operations end with it. */
const endings = { post: 'OfPost', comment: 'OfComment' } as const;

const likeRoutesOf = <Id extends PostId | CommentId>(likeable: Likeable<Id>): readonly Route[] => {
  const { kind, path, target, isSeen, page: schema } = likeable;
  const idOf = (params: object): Id => (params as Readonly<Record<string, string>>)[likeable.parameter] as Id;
  return [
    ...changes.map(({ name, method, liked, summary }) =>
      route({
        name: `${name}${endings[kind]}`,
        method,
        path: `${path}/like`,
        tag,
        summary: `${summary}: a ${kind}`,
        who: 'user',
        params: likeable.params,
        replies: { 200: { description: 'How it stands.', schema: LikeStateSchema } },
        refusals: [...common, 'post_not_found', 'comment_not_found'],
        handler: async (request, services) =>
          changeLike(request, services, await target(services.bus, idOf(request.params)), liked),
      }),
    ),
    route({
      name: `listLikes${endings[kind]}`,
      method: 'GET',
      path: `${path}/likes`,
      tag,
      summary: `Who likes a ${kind}, latest first`,
      who: 'optional',
      params: likeable.params,
      query: Type.Object(pageParameters),
      replies: { 200: { description: 'A page of likes.', schema } },
      refusals: [...cursorRefusals, `${kind}_not_found`],
      handler: async ({ caller, params, query }, services) => {
        const { models, logId } = services;
        const id = idOf(params);
        if (!(await isSeen(services, caller?.userId, id))) return refuse(`${kind}_not_found`);
        const page = await likers(models, logId, caller?.userId, { kind, id, ...pageRequest(query) });
        return page.ok ? { status: 200, ...page.value } : page;
      },
    }),
  ];
};

export const likeRoutes: readonly Route[] = [
  ...likeRoutesOf({
    kind: 'post',
    path: '/posts/{post_id}',
    params: PostParameters,
    parameter: 'post_id',
    target: postTarget,
    isSeen: async ({ models }, viewer, id) => (await findPost(models, viewer, id)) !== undefined,
    page: PageSchema(PostLikeSchema, 'PostLikePageSchema'),
  }),
  ...likeRoutesOf({
    kind: 'comment',
    path: '/comments/{comment_id}',
    params: CommentParameters,
    parameter: 'comment_id',
    target: commentTarget,
    isSeen: async ({ models, logId }, viewer, id) =>
      (await readComment(models, logId, viewer, id)) !== undefined,
    page: PageSchema(CommentLikeSchema, 'CommentLikePageSchema'),
  }),
];
