import { expect } from 'chai';
import { login, register, startProgram, type Person, type RunningProgram } from './program.ts';

interface Answered {
  readonly id: string;
  readonly replies: { readonly items: readonly Answered[] };
}

describe('What was deleted', () => {
  let program: RunningProgram;
  let anna: Person;
  let tokens: Record<'anna' | 'boris' | 'vera', string>;
  before(async () => {
    program = await startProgram({ environment: { RESTORE_WINDOW: '600', ACCESS_TOKEN_TTL: '86400' } });
    anna = await register(program, 'restore-anna');
    tokens = {
      anna: (await login(program, anna)).access,
      boris: (await login(program, await register(program, 'restore-boris'))).access,
      vera: (await login(program, await register(program, 'restore-vera'))).access,
    };
  });
  after(() => program.stop());

  const call = async (line: string, token?: string, body?: object) => {
    const { status, json } = await program.call(line, { token, body });
    return { status, json, type: json?.type as string | undefined };
  };

  /** A post by Anna with a comment by Boris, an answer by Vera and a like on each. */
  const conversation = async () => {
    const post = (await call('POST /posts', tokens.anna, { content: 'Post' })).json.id as string;
    const first = await call(`POST /posts/${post}/comments`, tokens.boris, { content: 'Comment' });
    const comment = first.json.id as string;
    const body = { content: 'Answer', parent_id: comment };
    const answer = (await call(`POST /posts/${post}/comments`, tokens.vera, body)).json.id as string;
    await call(`PUT /posts/${post}/like`, tokens.vera);
    await call(`PUT /comments/${comment}/like`, tokens.vera);
    return { post, comment, answer };
  };
  const seenOf = async ({ post, comment, answer }: Awaited<ReturnType<typeof conversation>>) => {
    const lines = [
      `GET /posts/${post}`,
      `GET /posts/${post}/comments`,
      `GET /posts/${post}/likes`,
      `GET /comments/${comment}`,
      `GET /comments/${comment}/likes`,
      `GET /comments/${answer}`,
    ];
    const answers = [];
    for (const line of lines) answers.push(await call(line, tokens.vera));
    return answers;
  };

  it('is hidden with all that hangs on it, and comes back as it was', async () => {
    const talk = await conversation();
    const before = await seenOf(talk);
    expect(before.every(({ status }) => status === 200)).to.equal(true);
    const counted = async () => (await call(`GET /users/${anna.id}`)).json.posts_count as number;
    const posts = await counted();

    const now = program.clock.now();
    const deleted = await call(`DELETE /posts/${talk.post}`, tokens.anna);
    expect(deleted.status).to.equal(200);
    expect(deleted.json).to.have.all.keys('id', 'restore_until');
    expect(Date.parse(deleted.json.restore_until) - now).to.be.within(600_000, 605_000);
    expect((await seenOf(talk)).map(({ status }) => status)).to.deep.equal([404, 404, 404, 404, 404, 404]);
    expect(await counted()).to.equal(posts - 1);
    const listed = await call('GET /posts?limit=100');
    expect(listed.json.items.map(({ id }: { id: string }) => id)).not.to.include(talk.post);
    for (const [line, body] of [
      [`POST /posts/${talk.post}/comments`, { content: 'x' }],
      [`POST /posts/${talk.post}/like`, undefined],
      [`PUT /comments/${talk.comment}`, { content: 'x' }],
      [`DELETE /comments/${talk.comment}`, undefined],
      [`POST /comments/${talk.comment}/like`, undefined],
      [`PATCH /posts/${talk.post}`, { content: 'x' }],
      [`DELETE /posts/${talk.post}`, undefined],
    ] as const) {
      expect((await call(line, tokens.boris, body)).status, line).to.equal(404);
    }

    const restored = await call(`POST /posts/${talk.post}/restore`, tokens.anna);
    expect(restored.json).to.include({ likes_count: 1, comments_count: 2 });
    expect(await seenOf(talk)).to.deep.equal(before);
    expect(await counted()).to.equal(posts);
  });

  it('comes back only for whoever deleted it', async () => {
    const { post, comment } = await conversation();
    await call(`DELETE /comments/${comment}`, tokens.boris);
    expect((await call(`POST /comments/${comment}/restore`, tokens.anna)).status).to.equal(404);
    expect((await call(`POST /comments/${comment}/restore`, tokens.boris)).status).to.equal(200);
    await call(`DELETE /comments/${comment}`, tokens.anna);
    expect((await call(`POST /comments/${comment}/restore`, tokens.boris)).status).to.equal(404);
    expect((await call(`POST /comments/${comment}/restore`, tokens.anna)).status).to.equal(200);
    await call(`DELETE /posts/${post}`, tokens.anna);
    expect((await call(`POST /posts/${post}/restore`, tokens.boris)).status).to.equal(404);
    expect((await call(`POST /posts/${post}/restore`)).status).to.equal(401);
    expect((await call(`POST /posts/${post}/restore`, tokens.anna)).status).to.equal(200);
    const again = await call(`POST /posts/${post}/restore`, tokens.anna);
    expect([again.status, again.type]).to.deep.equal([409, '/problems/not-deleted']);
  });

  it('leaves an empty node where others answered, and nothing where nobody did', async () => {
    const { post, comment, answer } = await conversation();
    const deleted = await call(`DELETE /comments/${comment}`, tokens.anna);
    expect(deleted.json).to.have.all.keys('id', 'restore_until');
    const tree = async () => (await call(`GET /posts/${post}/comments`)).json.items as Answered[];
    expect((await tree())[0]).to.deep.include({
      id: comment,
      author: null,
      content: null,
      is_deleted: true,
      replies_count: 1,
    });
    expect((await tree())[0]!.replies.items[0]!.id).to.equal(answer);
    expect((await call(`GET /posts/${post}`)).json.comments_count).to.equal(1);
    const answered = await call(`POST /posts/${post}/comments`, tokens.vera, {
      content: 'x',
      parent_id: comment,
    });
    expect(answered.type).to.equal('/problems/parent-comment-unknown');
    expect((await call(`PUT /comments/${comment}`, tokens.boris, { content: 'x' })).status).to.equal(404);

    await call(`DELETE /comments/${answer}`, tokens.vera);
    expect(await tree()).to.deep.equal([]);
    expect((await call(`GET /posts/${post}`)).json.comments_count).to.equal(0);
    await call(`POST /comments/${answer}/restore`, tokens.vera);
    const back = await call(`POST /comments/${comment}/restore`, tokens.anna);
    expect(back.json).to.include({ content: 'Comment', likes_count: 1, replies_count: 1, is_deleted: false });
    expect((await call(`GET /posts/${post}`)).json.comments_count).to.equal(2);
  });

  it('is gone for good when the time is over', async () => {
    const { post, comment } = await conversation();
    await call(`DELETE /comments/${comment}`, tokens.boris);
    await call(`DELETE /posts/${(await conversation()).post}`, tokens.anna);
    const other = (await conversation()).post;
    await call(`DELETE /posts/${other}`, tokens.anna);
    program.clock.advance(600_000);
    const late = await call(`POST /posts/${other}/restore`, tokens.anna);
    expect([late.status, late.type]).to.deep.equal([410, '/problems/restore-too-late']);
    expect((await call(`POST /comments/${comment}/restore`, tokens.boris)).status).to.equal(410);
    expect((await call(`GET /posts/${post}`)).status).to.equal(200);
  });
});
