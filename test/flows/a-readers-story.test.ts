import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { login, register, startProgram, type Person, type RunningProgram } from './program.ts';

describe('A reader’s story', () => {
  let program: RunningProgram;
  let people: Record<'anna' | 'boris' | 'vera', Person>;
  let tokens: Record<'anna' | 'boris' | 'vera', string>;
  before(async () => {
    program = await startProgram();
    const [anna, boris, vera] = [
      await register(program, 'reader-anna'),
      await register(program, 'reader-boris'),
      await register(program, 'reader-vera'),
    ];
    people = { anna, boris, vera };
    tokens = {
      anna: (await login(program, anna)).access,
      boris: (await login(program, boris)).access,
      vera: (await login(program, vera)).access,
    };
  });
  after(() => program.stop());

  const publish = async (content: string): Promise<string> =>
    (await program.call('POST /posts', { token: tokens.anna, body: { content } })).json.id as string;
  const comment = async (post: string, content: string, parent?: string) =>
    program.call(`POST /posts/${post}/comments`, {
      token: tokens.boris,
      body: { content, ...(parent === undefined ? {} : { parent_id: parent }) },
    });

  it('leafs through all posts without missing one or meeting one twice', async () => {
    const written: string[] = [];
    for (let index = 0; index < 5; index += 1) written.unshift(await publish(`Page ${index}`));
    const seen: string[] = [];
    let path: string | undefined = '/posts?limit=2';
    while (path !== undefined) {
      const page = await program.call(`GET ${path}`);
      expect(page.status).to.equal(200);
      seen.push(...page.json.items.map(({ id }: { id: string }) => id));
      const link = page.headers.get('link');
      expect(link === null).to.equal(page.json.next_cursor === null);
      path = link === null ? undefined : /^<([^>]+)>; rel="next"$/.exec(link)![1];
      await publish('Written meanwhile');
    }
    expect(seen.slice(0, 5)).to.deep.equal(written);
    expect(new Set(seen).size).to.equal(seen.length);
  });

  it('is told what is wrong with a page that does not exist', async () => {
    const typeOf = async (query: string) => {
      const { status, json } = await program.call(`GET /posts?${query}`);
      return `${status} ${json.type}`;
    };
    expect(await typeOf('limit=101')).to.equal('400 /problems/invalid-parameter');
    expect(await typeOf('limit=0')).to.equal('400 /problems/invalid-parameter');
    expect(await typeOf('skip=20')).to.equal('400 /problems/invalid-parameter');
    expect(await typeOf('cursor=nonsense')).to.equal('400 /problems/cursor-malformed');
    const { json } = await program.call('GET /posts?limit=1');
    expect(await typeOf(`author=${people.anna.id}&cursor=${json.next_cursor}`)).to.equal(
      '400 /problems/cursor-malformed',
    );
    const foreign = Buffer.from(
      JSON.stringify(
        Object.assign(JSON.parse(Buffer.from(json.next_cursor, 'base64url').toString()), [randomUUID()]),
      ),
    ).toString('base64url');
    expect(await typeOf(`cursor=${foreign}`)).to.equal('410 /problems/cursor-gone');
    expect((await program.call('GET /posts/not-an-id')).status).to.equal(400);
    expect((await program.call(`GET /posts/${randomUUID()}`)).status).to.equal(404);
  });

  it('likes a post by toggling, setting and clearing, and always hears how it stands', async () => {
    const post = await publish('To be liked');
    const like = async (method: string, who: keyof typeof tokens) => {
      const { status, json } = await program.call(`${method} /posts/${post}/like`, { token: tokens[who] });
      return [status, json];
    };
    expect(await like('POST', 'boris')).to.deep.equal([200, { liked: true, likes_count: 1 }]);
    expect(await like('PUT', 'boris')).to.deep.equal([200, { liked: true, likes_count: 1 }]);
    expect(await like('PUT', 'vera')).to.deep.equal([200, { liked: true, likes_count: 2 }]);
    expect(await like('POST', 'boris')).to.deep.equal([200, { liked: false, likes_count: 1 }]);
    expect(await like('DELETE', 'boris')).to.deep.equal([200, { liked: false, likes_count: 1 }]);
    expect(await like('POST', 'boris')).to.deep.equal([200, { liked: true, likes_count: 2 }]);

    const likes = await program.call(`GET /posts/${post}/likes`);
    expect(likes.json.items.map(({ user }: { user: Person }) => user.username)).to.deep.equal([
      people.boris.username,
      people.vera.username,
    ]);
    expect(likes.json.items[0]).to.deep.include({
      post,
      user: { id: people.boris.id, username: 'reader-boris' },
    });
    const isLiked = async (token?: string) =>
      (await program.call(`GET /posts/${post}`, { token })).json.is_liked;
    expect(await isLiked(tokens.vera)).to.equal(true);
    expect(await isLiked(tokens.anna)).to.equal(false);
    expect(await isLiked()).to.equal(false);
  });

  it('toggles once, however often an unsure client sends it', async () => {
    const post = await publish('To be toggled');
    const headers = { 'idempotency-key': randomUUID() };
    const toggle = async () =>
      (await program.call(`POST /posts/${post}/like`, { token: tokens.boris, headers })).json;
    expect(await toggle()).to.deep.equal({ liked: true, likes_count: 1 });
    expect(await toggle()).to.deep.equal({ liked: true, likes_count: 1 });
    expect((await program.call(`GET /posts/${post}`)).json.likes_count).to.equal(1);
  });

  it('does not like what is not there, nor without a token', async () => {
    const post = await publish('To be liked by somebody');
    expect((await program.call(`POST /posts/${post}/like`)).status).to.equal(401);
    expect((await program.call(`POST /posts/${randomUUID()}/like`, { token: tokens.vera })).status).to.equal(
      404,
    );
    expect(
      (await program.call(`PUT /comments/${randomUUID()}/like`, { token: tokens.vera })).status,
    ).to.equal(404);
    expect((await program.call(`GET /posts/${randomUUID()}/likes`)).status).to.equal(404);
    expect((await program.call(`GET /posts/${post}`, { token: 'bad' })).status).to.equal(401);
  });

  it('sees the top change with every like, and otherwise gets it from the cache', async () => {
    const [first, second] = [await publish('Top one'), await publish('Top two')];
    for (const token of Object.values(tokens)) await program.call(`PUT /posts/${first}/like`, { token });
    const top = async (token?: string) => {
      const { json, headers } = await program.call('GET /posts/top', { token });
      return { first: json.items[0], status: headers.get('cache-status'), count: json.items.length };
    };
    expect((await top()).first.id).to.equal(first);
    expect(await top()).to.include({ status: 'storyline; hit' });
    for (const token of Object.values(tokens)) await program.call(`PUT /posts/${second}/like`, { token });
    const now = await top(tokens.vera);
    expect(now.first).to.deep.include({ id: second, is_liked: true, likes_count: 3 });
    expect(now.status).to.equal('storyline; fwd=miss; stored');
    expect((await top()).first).to.include({ id: second, is_liked: false });
    expect(now.count).to.be.at.most(10);
    await program.call(`DELETE /posts/${second}/like`, { token: tokens.vera });
    expect((await top()).first.id).to.equal(first);
  });

  it('talks below a post', async () => {
    const post = await publish('To be talked about');
    const made = await comment(post, 'First');
    expect([made.status, made.headers.get('location')]).to.deep.equal([201, `/comments/${made.json.id}`]);
    const reply = await comment(post, 'Reply', made.json.id);
    expect(reply.json).to.deep.include({
      parent_id: made.json.id,
      depth: 1,
      author: { id: people.boris.id, username: 'reader-boris' },
    });
    const tree = await program.call(`GET /posts/${post}/comments`);
    expect(tree.json.items).to.have.length(1);
    expect(tree.json.items[0]).to.deep.include({ content: 'First', replies_count: 1 });
    expect(tree.json.items[0].replies).to.deep.equal({ items: [reply.json], next_cursor: null });
    const flat = await program.call(`GET /posts/${post}/comments?view=flat`);
    expect(flat.json.items.map(({ content }: { content: string }) => content)).to.deep.equal([
      'First',
      'Reply',
    ]);
    expect((await program.call(`GET /posts/${post}`)).json.comments_count).to.equal(2);
  });

  it('corrects a comment of his own, and likes one', async () => {
    const post = await publish('To be discussed');
    const { json: made } = await comment(post, 'Frist');
    const path = `/comments/${made.id}`;
    const fixed = await program.call(`PUT ${path}`, { token: tokens.boris, body: { content: 'First' } });
    expect(fixed.json).to.include({ content: 'First' });
    expect((await program.call(`GET ${path}`)).json.content).to.equal('First');
    const stolen = await program.call(`PUT ${path}`, { token: tokens.anna, body: { content: 'Mine' } });
    expect(stolen.status).to.equal(403);
    const liked = await program.call(`POST ${path}/like`, { token: tokens.vera });
    expect(liked.json).to.deep.equal({ liked: true, likes_count: 1 });
    const likes = await program.call(`GET ${path}/likes`);
    expect(likes.json.items).to.have.length(1);
    expect(likes.json.items[0]).to.deep.include({ comment: made.id, post });
    expect((await program.call(`GET ${path}`, { token: tokens.vera })).json).to.include({ is_liked: true });
    expect((await program.call(`GET /posts/${post}`)).json.likes_count).to.equal(0);
  });

  it('answers only what is there', async () => {
    const [post, other] = [await publish('One'), await publish('Another')];
    const { json: made } = await comment(post, 'Here');
    const wrong = await comment(other, 'There', made.id);
    expect([wrong.status, wrong.json.type]).to.deep.equal([422, '/problems/parent-comment-unknown']);
    expect((await comment(randomUUID(), 'Nowhere')).status).to.equal(404);
    expect((await comment(post, 'x'.repeat(10_001))).status).to.equal(422);
    expect((await comment(post, '  ')).status).to.equal(422);
    const flat = await program.call(`GET /posts/${post}/comments?view=flat&parent=${made.id}`);
    expect([flat.status, flat.json.type]).to.deep.equal([400, '/problems/flat-view-has-no-parent']);
    for (const query of ['depth=0', 'depth=21', 'view=list', `parent=x`]) {
      expect((await program.call(`GET /posts/${post}/comments?${query}`)).status, query).to.equal(400);
    }
    expect((await program.call(`GET /posts/${other}/comments?parent=${made.id}`)).status).to.equal(404);
    expect((await program.call(`POST /posts/${post}/comments`, { body: { content: 'x' } })).status).to.equal(
      401,
    );
  });
});
