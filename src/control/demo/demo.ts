import { Type } from '@sinclair/typebox';
import { Comment } from '../../commands/comments/comment.ts';
import { createComment } from '../../commands/comments/create-comment.ts';
import type { CommandContext } from '../../commands/execute.ts';
import { Like, likeStreamId } from '../../commands/likes/like.ts';
import { setLike } from '../../commands/likes/set-like.ts';
import { createPost } from '../../commands/posts/create-post.ts';
import { Post } from '../../commands/posts/post.ts';
import { instant, type Instant } from '../../core/clock.ts';
import { deriveId, type CommandId, type UserId } from '../../core/ids.ts';
import type { Result } from '../../core/result.ts';
import type { Engines } from '../engines.ts';
import { defineOperation, type Watch } from '../operation.ts';
import { OperationFailed } from '../protocol.ts';
import {
  planDemo,
  type DemoAction,
  type DemoComment,
  type DemoLike,
  type DemoPlan,
  type DemoPost,
} from './plan.ts';
import { registerPeople } from './register-people.ts';

const params = Type.Object(
  {
    seed: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1, default: 1 }),
    posts: Type.Integer({ minimum: 1, maximum: 100_000, default: 200 }),
    comments: Type.Integer({ minimum: 0, maximum: 1_000_000, default: 1_500 }),
    likes: Type.Integer({ minimum: 0, maximum: 15, default: 12 }),
  },
  { additionalProperties: false },
);

export interface DemoMade {
  readonly users: number;
  readonly posts: number;
  readonly comments: number;
  readonly likes: number;
  readonly log_ins: readonly { readonly login: string; readonly password: string }[];
}

/** All the people of the demonstration have it. */
const password = 'storyline-demo';

/** Appends that wait for one sync together. */
const lanes = 64;

const done = <T>(what: string, result: Result<T, string>): T => {
  if (result.ok) return result.value;
  throw new OperationFailed('failed', `The demonstration could not ${what}: ${result.refusal}.`);
};

/** The same seed makes the same commands, so that what is there already is recognised and not made twice. */
const commandOf = (actor: UserId, ...what: readonly string[]): CommandContext => ({
  commandId: deriveId<CommandId>('demo-command', actor, ...what),
  actor,
  correlationId: 'demo',
});

const post = async ({ bus }: Engines, { id, by, title, content, place }: DemoPost, at: Instant) => {
  const written = { title, content, place, description: null, taggedUsers: [], unknownUsers: [] };
  const made = await bus.execute(Post, id, commandOf(by, 'post', id), (state) =>
    createPost(state, { ...written, postId: id, by, at }),
  );
  done('publish a post', made);
};

const comment = async ({ bus }: Engines, planned: DemoComment, at: Instant) => {
  const { id, by, post: under, content } = planned;
  const parent = planned.parent === undefined ? undefined : (await bus.load(Comment, planned.parent)).state;
  const made = await bus.execute(Comment, id, commandOf(by, 'comment', id), (state) =>
    createComment(state, {
      commentId: id,
      by,
      content,
      at,
      post: { postId: under.id, authorId: under.by },
      parent,
    }),
  );
  done('write a comment', made);
};

const like = async ({ bus }: Engines, { target, by }: DemoLike, at: Instant) => {
  const liked = {
    kind: target.do,
    id: target.id,
    authorId: target.by,
    postId: target.do === 'post' ? target.id : target.post.id,
  };
  const stream = likeStreamId(target.do, target.id, by);
  await bus.execute(Like, stream, commandOf(by, 'like', target.id), (state) =>
    setLike(state, { target: liked, by, liked: true, at }),
  );
};

const act = (engines: Engines, action: DemoAction, at: Instant): Promise<void> => {
  switch (action.do) {
    case 'post':
      return post(engines, action, at);
    case 'comment':
      return comment(engines, action, at);
    case 'like':
      return like(engines, action, at);
  }
};

/** Many at a time, so that they share syncs; each begins only after what it refers to is there. */
const tellStory = async (
  engines: Engines,
  { actions, minutes }: DemoPlan,
  watch: Watch<never>,
): Promise<void> => {
  const now = engines.clock.now();
  const made = new Map<string, Promise<void>>();
  const running = new Set<Promise<void>>();
  let finished = 0;
  let told = 0;
  const failures: unknown[] = [];
  for (const action of actions) {
    if (watch.signal.aborted || failures.length > 0) break;
    const needs =
      action.do === 'like'
        ? action.target.id
        : action.do === 'comment'
          ? (action.parent ?? action.post.id)
          : undefined;
    const at = instant(now - (minutes - action.minute) * 60_000);
    const work = (needs === undefined ? Promise.resolve() : made.get(needs)!).then(() =>
      act(engines, action, at),
    );
    if (action.do !== 'like') made.set(action.id, work);
    const counted = work
      .then(
        () => (finished += 1),
        (error: unknown) => failures.push(error),
      )
      .then(() => void running.delete(counted));
    running.add(counted);
    if (running.size >= lanes) await Promise.race(running);
    if (finished >= told + 100) {
      told = finished;
      await watch.progress({
        label: 'telling a story',
        done: finished,
        total: actions.length,
        unit: 'commands',
      });
    }
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
  await watch.progress({ label: 'telling a story', done: finished, total: actions.length, unit: 'commands' });
};

/** A lively installation to look around in, made through the same commands as people's. */
export const demo = defineOperation<typeof params, never, DemoMade>({
  params,
  run: async (engines, { seed, ...size }, watch) => {
    const plan = planDemo(seed, size);
    const names = await registerPeople(engines, plan.users, password, watch);
    await tellStory(engines, plan, watch);
    await engines.supervisor.caughtUp();
    const count = (kind: DemoAction['do']): number =>
      plan.actions.filter((action) => action.do === kind).length;
    return {
      users: plan.users.length,
      posts: count('post'),
      comments: count('comment'),
      likes: count('like'),
      log_ins: names.slice(0, 2).map((login) => ({ login, password })),
    };
  },
});
