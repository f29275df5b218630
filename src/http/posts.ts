import { Type, type Static } from '@sinclair/typebox';
import { createPost } from '../commands/posts/create-post.ts';
import { editPost } from '../commands/posts/edit-post.ts';
import { Post, type Written } from '../commands/posts/post.ts';
import { removePost } from '../commands/posts/remove-post.ts';
import { restorePost } from '../commands/posts/restore-post.ts';
import { instant } from '../core/clock.ts';
import type { PostId, UserId } from '../core/ids.ts';
import { refuse, type Refused } from '../core/result.ts';
import type { Recorded } from '../events/codec.ts';
import { newestPosts } from '../queries/newest-posts.ts';
import { readPost } from '../queries/post.ts';
import { topPosts } from '../queries/top-posts.ts';
import { pageParameters, pageRequest } from './paging.ts';
import {
  CreatePostSchema,
  DeletedSchema,
  PostPageSchema,
  PostSchema,
  ReplacePostSchema,
  TopPostsSchema,
  UpdatePostSchema,
} from './post-schemas.ts';
import { readOwn } from './read-own.ts';
import { route, type Reply, type Route } from './route.ts';
import type { Services } from './services.ts';
import { findUnknownUsers } from './tagged-users.ts';

export const PostParameters = Type.Object({ post_id: Type.String({ format: 'uuid' }) });

const idOf = (params: Static<typeof PostParameters>): PostId => params.post_id as PostId;

/** Only what the body names; ids in the form in which they are made. */
const changeOf = (body: Static<typeof UpdatePostSchema>): Partial<Written> => {
  const { tagged_users: tagged, ...texts } = body;
  return tagged === undefined
    ? texts
    : { ...texts, taggedUsers: [...new Set(tagged.map((id) => id.toLowerCase() as UserId))] };
};

const writtenOf = (body: Static<typeof CreatePostSchema>): Written => ({
  title: null,
  content: null,
  description: null,
  place: null,
  taggedUsers: [],
  ...changeOf(body),
});

/** The post after a command, as its author sees it. */
const replyWithPost = async (
  services: Services,
  viewer: UserId,
  id: PostId,
  written: readonly Recorded[],
  created?: { readonly mount: string },
): Promise<Reply | Refused<'post_not_found' | 'not_shown_yet'>> => {
  const post = await readOwn(services, written, () => readPost(services.models, viewer, id, written));
  if (post === undefined) return refuse('post_not_found');
  if ('refusal' in post) return post;
  return created === undefined
    ? { status: 200, ...post }
    : { status: 201, ...post, headers: { Location: `${created.mount}/posts/${id}` } };
};

const tag = 'posts';
const common = ['idempotency_key_reused', 'precondition_failed'] as const;
const shown = [...common, 'not_shown_yet'] as const;
const aboutEditing = [
  'post_not_found',
  'not_the_author',
  'post_needs_content',
  'text_too_large',
  'tagged_user_unknown',
] as const;
const postReply = { description: 'The post.', schema: PostSchema };

export const postRoutes: readonly Route[] = [
  route({
    name: 'createPost',
    method: 'POST',
    path: '/posts',
    tag,
    summary: 'Publish a post',
    who: 'user',
    body: CreatePostSchema,
    replies: { 201: { ...postReply, headers: { Location: 'Where the post is.' } } },
    refusals: [
      ...shown,
      'id_taken',
      'post_not_found',
      'post_needs_content',
      'text_too_large',
      'tagged_user_unknown',
    ],
    handler: async ({ body, caller, execute, newId, mount }, services) => {
      const { bus, clock } = services;
      const written = writtenOf(body);
      const unknownUsers = await findUnknownUsers(bus, written.taggedUsers);
      const postId = newId<PostId>('post');
      const by = caller.userId;
      const at = instant(clock.now());
      const done = await execute(Post, postId, (post) =>
        createPost(post, { ...written, postId, by, unknownUsers, at }),
      );
      return done.ok ? replyWithPost(services, by, postId, done.value.events, { mount }) : done;
    },
  }),
  route({
    name: 'listPosts',
    method: 'GET',
    path: '/posts',
    tag,
    summary: 'Posts, newest first',
    who: 'optional',
    query: Type.Object({
      ...pageParameters,
      author: Type.Optional(Type.String({ format: 'uuid', description: 'Only those of this user.' })),
    }),
    replies: { 200: { description: 'A page of posts.', schema: PostPageSchema } },
    refusals: ['cursor_malformed', 'cursor_of_another_log'],
    handler: async ({ caller, query }, { models, logId }) => {
      const page = await newestPosts(models, logId, caller?.userId, {
        ...pageRequest(query),
        ...(query.author === undefined ? {} : { author: query.author as UserId }),
      });
      return page.ok ? { status: 200, ...page.value } : page;
    },
  }),
  route({
    name: 'topPosts',
    method: 'GET',
    path: '/posts/top',
    tag,
    summary: 'The ten posts with most likes',
    description:
      'Of equally many likes the newer post comes first. Cached until anything about a post changes.',
    who: 'optional',
    replies: {
      200: {
        description: 'At most ten posts.',
        schema: TopPostsSchema,
        headers: { 'Cache-Status': 'Whether it came from the cache (RFC 9211).' },
      },
    },
    refusals: [],
    handler: async ({ caller }, { models, ephemeral }) => {
      const { json, cache } = await topPosts(models, ephemeral, caller?.userId);
      const status = cache === 'hit' ? 'storyline; hit' : 'storyline; fwd=miss; stored';
      return { status: 200, json, headers: { 'Cache-Status': status } };
    },
  }),
  route({
    name: 'getPost',
    method: 'GET',
    path: '/posts/{post_id}',
    tag,
    summary: 'One post',
    who: 'optional',
    params: PostParameters,
    replies: { 200: postReply },
    refusals: ['post_not_found'],
    handler: async ({ caller, params }, { models }) => {
      const post = await readPost(models, caller?.userId, idOf(params));
      return post === undefined ? refuse('post_not_found') : { status: 200, ...post };
    },
  }),
  ...(['PUT', 'PATCH'] as const).map((method) =>
    route({
      name: method === 'PUT' ? 'replacePost' : 'updatePost',
      method,
      path: '/posts/{post_id}',
      tag,
      summary: method === 'PUT' ? 'Replace what is written' : 'Change some of what is written',
      who: 'user',
      params: PostParameters,
      body: method === 'PUT' ? ReplacePostSchema : UpdatePostSchema,
      ifMatch: true,
      replies: { 200: postReply },
      refusals: [...shown, ...aboutEditing],
      handler: async ({ body, caller, execute, params }, services) => {
        const { bus, clock } = services;
        const change = method === 'PUT' ? writtenOf(body) : changeOf(body);
        const unknownUsers = await findUnknownUsers(bus, change.taggedUsers ?? []);
        const by = caller.userId;
        const at = instant(clock.now());
        const done = await execute(Post, idOf(params), (post) =>
          editPost(post, { by, change, unknownUsers, at }),
        );
        return done.ok ? replyWithPost(services, by, idOf(params), done.value.events) : done;
      },
    }),
  ),
  route({
    name: 'deletePost',
    method: 'DELETE',
    path: '/posts/{post_id}',
    tag,
    summary: 'Delete a post',
    description: 'Hides it with its comments; until restore_until its author may bring all of it back.',
    who: 'user',
    params: PostParameters,
    ifMatch: true,
    replies: { 200: { description: 'Deleted.', schema: DeletedSchema } },
    refusals: [...common, 'post_not_found', 'not_the_author'],
    handler: async ({ caller, execute, params }, { clock, restoreWindow }) => {
      const now = clock.now();
      const [at, restoreUntil] = [instant(now), instant(now + restoreWindow)];
      const done = await execute(Post, idOf(params), (post) =>
        removePost(post, { by: caller.userId, at, restoreUntil }),
      );
      if (!done.ok) return done;
      const removed = done.value.events.find(({ event }) => event.type === 'PostRemoved')?.event;
      const until = removed?.type === 'PostRemoved' ? removed.restoreUntil : restoreUntil;
      return { status: 200, body: { id: idOf(params), restore_until: until } };
    },
  }),
  route({
    name: 'restorePost',
    method: 'POST',
    path: '/posts/{post_id}/restore',
    tag,
    summary: 'Bring a deleted post back',
    description: 'With its likes and comments; by whoever deleted it, while there is time.',
    who: 'user',
    params: PostParameters,
    replies: { 200: postReply },
    refusals: [...shown, 'post_not_found', 'not_the_author', 'not_deleted', 'restore_too_late'],
    handler: async ({ caller, execute, params }, services) => {
      const by = caller.userId;
      const at = instant(services.clock.now());
      const done = await execute(Post, idOf(params), (post) => restorePost(post, { by, at }));
      return done.ok ? replyWithPost(services, by, idOf(params), done.value.events) : done;
    },
  }),
];
