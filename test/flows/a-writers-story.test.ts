import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { login, register, startProgram, type Person, type RunningProgram } from './program.ts';

describe('A writer’s story', () => {
  let program: RunningProgram;
  let anna: Person;
  let boris: Person;
  let token: string;
  let other: string;
  before(async () => {
    program = await startProgram();
    anna = await register(program, 'writer-anna');
    boris = await register(program, 'writer-boris');
    token = (await login(program, anna)).access;
    other = (await login(program, boris)).access;
  });
  after(() => program.stop());

  const publish = async (body: object, headers: Record<string, string> = {}) =>
    program.call('POST /posts', { token, body, headers });
  const read = async (id: string, as?: string) => program.call(`GET /posts/${id}`, { token: as });

  it('publishes a post that everybody can read at once', async () => {
    const made = await publish({
      title: 'Заголовок',
      content: 'Text "with" everything\n\u0001 😀',
      description: 'Short',
      place: 'Kazan',
      tagged_users: [boris.id.toUpperCase(), boris.id],
    });
    expect(made.status).to.equal(201);
    expect(made.headers.get('location')).to.equal(`/posts/${made.json.id}`);
    expect(made.headers.get('storyline-position')).to.match(/\.\d+$/);
    expect(made.json).to.deep.include({
      author: { id: anna.id, username: anna.username },
      title: 'Заголовок',
      content: 'Text "with" everything\n\u0001 😀',
      images: [],
      tagged_users: [{ id: boris.id, username: boris.username }],
      likes_count: 0,
      comments_count: 0,
      is_liked: false,
      status: 'published',
    });
    const seen = await read(made.json.id);
    expect(seen.status).to.equal(200);
    expect(seen.json).to.deep.equal(made.json);
    expect((await program.call('GET /posts')).json.items[0]).to.deep.equal(made.json);
    expect((await program.call(`GET /posts?author=${anna.id}`)).json.items[0]).to.deep.equal(made.json);
    expect((await program.call(`GET /users/${anna.id}`)).json.posts_count).to.equal(1);
  });

  it('publishes under the other mount, whose addresses follow', async () => {
    const made = await program.call('POST /api/v1/posts/', { token, body: { content: 'Mounted' } });
    expect(made.status).to.equal(201);
    expect(made.headers.get('location')).to.equal(`/api/v1/posts/${made.json.id}`);
    expect((await program.call(`GET ${made.headers.get('location')}/`)).json.content).to.equal('Mounted');
  });

  it('is refused what is no post', async () => {
    const problemOf = async (body: object) => {
      const { status, json } = await publish(body);
      return [status, json.type];
    };
    expect(await problemOf({ title: 'No text' })).to.deep.equal([422, '/problems/post-needs-content']);
    expect(await problemOf({ content: ' \n\t' })).to.deep.equal([422, '/problems/invalid-body']);
    expect(await problemOf({ content: 'x', likes_count: 7 })).to.deep.equal([422, '/problems/invalid-body']);
    expect(await problemOf({ content: 'x', title: 'x'.repeat(201) })).to.deep.equal([
      422,
      '/problems/invalid-body',
    ]);
    expect(await problemOf({ content: 'x'.repeat(100_001) })).to.deep.equal([422, '/problems/invalid-body']);
    const nobody = randomUUID();
    const tagged = await publish({ content: 'x', tagged_users: [boris.id, nobody] });
    expect([tagged.status, tagged.json.type, tagged.json.user_id]).to.deep.equal([
      422,
      '/problems/tagged-user-unknown',
      nobody,
    ]);
    const many = Array.from({ length: 21 }, () => randomUUID());
    expect(await problemOf({ content: 'x', tagged_users: many })).to.deep.equal([
      422,
      '/problems/invalid-body',
    ]);
    expect((await program.call('POST /posts', { body: { content: 'x' } })).status).to.equal(401);
  });

  it('changes it, in part or as a whole, and only the author does', async () => {
    const { json: post } = await publish({ title: 'Old', content: 'Old', place: 'Here' });
    const path = `/posts/${post.id}`;
    const patched = await program.call(`PATCH ${path}`, { token, body: { content: 'New', place: null } });
    expect(patched.json).to.deep.include({ title: 'Old', content: 'New', place: null });
    const replaced = await program.call(`PUT ${path}`, { token, body: { content: 'Newer' } });
    expect(replaced.json).to.deep.include({ title: null, content: 'Newer' });
    expect((await read(post.id)).json).to.deep.equal(replaced.json);
    expect((await program.call(`PATCH ${path}`, { token, body: { content: null } })).status).to.equal(422);
    for (const line of [`PATCH ${path}`, `PUT ${path}`]) {
      const stolen = await program.call(line, { token: other, body: { content: 'Mine' } });
      expect([stolen.status, stolen.json.type]).to.deep.equal([403, '/problems/not-the-author']);
    }
    const deleted = await program.call(`DELETE ${path}`, { token: other });
    expect(deleted.status).to.equal(403);
    const missing = await program.call(`PATCH /posts/${randomUUID()}`, { token, body: { content: 'x' } });
    expect(missing.status).to.equal(404);
    expect((await read(post.id)).json.content).to.equal('Newer');
  });

  it('does not overwrite what another device has changed, and is not stopped by a like', async () => {
    const made = await publish({ content: 'One' });
    const path = `/posts/${made.json.id}`;
    const seen = await read(made.json.id, token);
    const tag = seen.headers.get('etag')!;
    const same = await program.call(`GET ${path}`, { token, headers: { 'if-none-match': tag } });
    expect(same.status).to.equal(304);

    await program.call(`POST ${path}/like`, { token: other });
    const changed = await program.call(`GET ${path}`, { token, headers: { 'if-none-match': tag } });
    expect(changed.status).to.equal(200);
    const edit = (content: string, ifMatch: string) =>
      program.call(`PATCH ${path}`, { token, body: { content }, headers: { 'if-match': ifMatch } });
    const edited = await edit('Two', tag);
    expect(edited.status).to.equal(200);
    const late = await edit('Three', tag);
    expect([late.status, late.json.type]).to.deep.equal([412, '/problems/precondition-failed']);
    expect((await edit('Three', edited.headers.get('etag')!)).status).to.equal(200);

    const headers = { 'if-match': tag };
    for (const [line, as, status] of [
      [`DELETE ${path}`, other, 403],
      [`DELETE /posts/${randomUUID()}`, token, 404],
      [`DELETE ${path}`, token, 412],
    ] as const)
      expect((await program.call(line, { token: as, headers })).status, line).to.equal(status);
  });

  it('publishes once, however often an unsure client sends it', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const first = await publish({ content: 'Once' }, headers);
    for (let turn = 0; turn < 3; turn += 1) {
      const repeat = await publish({ content: 'Once' }, headers);
      expect([repeat.status, repeat.text]).to.deep.equal([201, first.text]);
    }
    const reused = await publish({ content: 'Other' }, headers);
    expect([reused.status, reused.json.type]).to.deep.equal([422, '/problems/idempotency-key-reused']);
    const mine = await program.call(`GET /posts?author=${anna.id}&limit=100`);
    const once = mine.json.items.filter(({ content }: { content: string }) => content === 'Once');
    expect(once).to.have.length(1);
  });

  it('is answered rightly also when not waiting for anything', async () => {
    const headers = { prefer: 'respond-async' };
    const hasty = async (line: string, body?: object) => {
      const answer = await program.call(line, { token, body, headers });
      expect(answer.headers.get('preference-applied'), line).to.equal('respond-async');
      return answer.json;
    };
    for (let turn = 0; turn < 10; turn += 1) {
      const post = await hasty('POST /posts', { content: 'Hasty' });
      expect(await hasty(`PATCH /posts/${post.id}`, { content: 'Hastier' })).to.include({
        content: 'Hastier',
      });
      const comment = await hasty(`POST /posts/${post.id}/comments`, { content: 'Hasty' });
      expect(await hasty(`PUT /comments/${comment.id}`, { content: 'Hastier' })).to.include({
        content: 'Hastier',
      });
      const liked = { liked: true, likes_count: 1 };
      expect(await hasty(`POST /posts/${post.id}/like`)).to.deep.equal(liked);
      expect(await hasty(`POST /comments/${comment.id}/like`)).to.deep.equal(liked);
    }
  });

  it('finds a new name on everything that was written before', async () => {
    const { json: post } = await program.call('POST /posts', { token: other, body: { content: 'By Boris' } });
    const renamed = await program.call('PATCH /auth/me', { token: other, body: { username: 'writer-bob' } });
    expect(renamed.status).to.equal(200);
    expect((await read(post.id)).json.author).to.deep.equal({ id: boris.id, username: 'writer-bob' });
  });
});
