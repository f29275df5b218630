import { expect } from 'chai';
import { isUndecodable } from '../../src/events/codec.ts';
import type { StoryEvent } from '../projections/story.ts';
import { start, type Position } from '../../src/core/position.ts';
import { login, register, startProgram, type RunningProgram } from './program.ts';

/** Every counter that a client sees, by what it counts. */
interface Counters {
  readonly likes: Record<string, number>;
  readonly comments: Record<string, number>;
  readonly replies: Record<string, number>;
  readonly posts: Record<string, number>;
}

/** Every record of the log, oldest first. */
const history = async ({ program }: RunningProgram): Promise<readonly StoryEvent[]> => {
  const { log, codec } = program.engines;
  const events: StoryEvent[] = [];
  let after: Position = start;
  for (;;) {
    const records = await log.readAll({ after, limit: 1_000 });
    if (records.length === 0) return events;
    after = records.at(-1)!.position;
    for (const opened of await codec.open(records)) {
      if (isUndecodable(opened)) throw new Error(opened.undecodable);
      events.push(opened.event as StoryEvent);
    }
  }
};

/** Counts again, in sets of what is there instead of by adding and taking away. */
const recount = (events: readonly StoryEvent[]): Counters => {
  const likes = new Map<string, Set<string>>();
  const comments = new Map<string, Set<string>>();
  const replies = new Map<string, Set<string>>();
  const posts = new Map<string, Set<string>>();
  const change = (sets: Map<string, Set<string>>, key: string, member: string, isThere: boolean) => {
    const set = sets.get(key) ?? new Set<string>();
    sets.set(key, set);
    if (isThere) set.add(member);
    else set.delete(member);
  };
  for (const event of events) {
    switch (event.type) {
      case 'Liked':
      case 'Unliked':
        change(likes, event.targetId, event.userId, event.type === 'Liked');
        break;
      case 'CommentCreated':
      case 'CommentRemoved':
      case 'CommentRestored': {
        const isThere = event.type !== 'CommentRemoved';
        change(comments, event.postId, event.commentId, isThere);
        if (event.parentId !== null) change(replies, event.parentId, event.commentId, isThere);
        break;
      }
      case 'PostPublished':
      case 'PostRemoved':
      case 'PostRestored':
        change(posts, event.authorId, event.postId, event.type !== 'PostRemoved');
        break;
      default:
    }
  }
  const sizes = (sets: Map<string, Set<string>>) =>
    Object.fromEntries([...sets].map(([key, set]) => [key, set.size]));
  return { likes: sizes(likes), comments: sizes(comments), replies: sizes(replies), posts: sizes(posts) };
};

describe('Counters', () => {
  let program: RunningProgram;
  const tokens: string[] = [];
  const users: string[] = [];
  const posts: string[] = [];
  const comments: string[] = [];
  before(async () => {
    program = await startProgram();
    for (let index = 0; index < 6; index += 1) {
      const person = await register(program, `counter-${index}`);
      users.push(person.id);
      tokens.push((await login(program, person)).access);
    }
  });
  after(() => program.stop());

  /** What a client sees of everything that is there to be seen. */
  const compare = async () => {
    const expected = recount(await history(program));
    let compared = 0;
    for (const id of posts) {
      const { status, json } = await program.call(`GET /posts/${id}`);
      if (status === 404) continue;
      const { likes_count: likes, comments_count: written } = json;
      expect([likes, written], id).to.deep.equal([expected.likes[id] ?? 0, expected.comments[id] ?? 0]);
      const likers = await program.call(`GET /posts/${id}/likes?limit=100`);
      expect(likers.json.items).to.have.length(likes);
      compared += 1;
    }
    for (const id of comments) {
      const { status, json } = await program.call(`GET /comments/${id}`);
      if (status === 404) continue;
      const { likes_count: likes, replies_count: replies } = json;
      expect([likes, replies], id).to.deep.equal([expected.likes[id] ?? 0, expected.replies[id] ?? 0]);
      compared += 1;
    }
    for (const id of users) {
      const { json } = await program.call(`GET /users/${id}`);
      expect(json.posts_count, id).to.equal(expected.posts[id] ?? 0);
    }
    return compared;
  };

  it('equal a recount of the log after everybody did everything at once', async () => {
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const pick = (from: readonly string[]): string => from[random(from.length)]!;
    const statuses = new Set<number>();
    const act = async (): Promise<void> => {
      const token = pick(tokens);
      const call = async (line: string, body?: object) => {
        const answer = await program.call(line, { token, body });
        statuses.add(answer.status);
        return answer;
      };
      const kind = random(20);
      if (posts.length < 4 || kind === 0) {
        const { json } = await call('POST /posts', { content: 'Counted' });
        posts.push(json.id as string);
      } else if (comments.length < 4 || kind < 6) {
        const parent = kind < 3 && comments.length > 0 ? { parent_id: pick(comments) } : {};
        const { status, json } = await call(`POST /posts/${pick(posts)}/comments`, {
          content: 'x',
          ...parent,
        });
        if (status === 201) comments.push(json.id as string);
      } else if (kind < 9) await call(`POST /posts/${pick(posts)}/like`);
      else if (kind < 10) await call(`PUT /posts/${pick(posts)}/like`);
      else if (kind < 11) await call(`DELETE /posts/${pick(posts)}/like`);
      else if (kind < 14) await call(`POST /comments/${pick(comments)}/like`);
      else if (kind < 16) await call(`DELETE /comments/${pick(comments)}`);
      else if (kind < 18) await call(`POST /comments/${pick(comments)}/restore`);
      else if (kind < 19) await call(`DELETE /posts/${pick(posts)}`);
      else await call(`POST /posts/${pick(posts)}/restore`);
    };
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        for (let turn = 0; turn < 50; turn += 1) await act();
      }),
    );
    expect([...statuses].filter((status) => status >= 500)).to.deep.equal([]);
    expect(statuses).to.include(200);
    expect(await compare()).to.be.greaterThan(20);
  }).timeout(60_000);

  it('of one post are exact when all like it in the same moment, again and again', async () => {
    const made = await program.call('POST /posts', { token: tokens[0], body: { content: 'Popular' } });
    const id = made.json.id as string;
    posts.push(id);
    for (const method of ['PUT', 'DELETE', 'POST', 'PUT']) {
      const answers = await Promise.all(
        [...tokens, ...tokens, ...tokens].map((token) =>
          program.call(`${method} /posts/${id}/like`, { token }),
        ),
      );
      expect(answers.every(({ status }) => status === 200)).to.equal(true);
    }
    expect((await program.call(`GET /posts/${id}`)).json.likes_count).to.equal(tokens.length);
    expect(recount(await history(program)).likes[id]).to.equal(tokens.length);
  });

  it('are the same after a restart', async () => {
    program = await program.restart();
    expect(await compare()).to.be.greaterThan(20);
  });
});
