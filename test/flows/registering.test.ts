import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { eventually, login, startProgram, type RunningProgram } from './program.ts';

describe('Registering', () => {
  let running: RunningProgram;
  const password = 'a password to register';

  before(async () => {
    running = await startProgram();
  });
  after(() => running.stop());

  const register = (body: object, headers: Record<string, string> = {}) =>
    running.call('POST /auth/register', { body: { password, ...body }, headers });

  it('answers 201 with the user and where to find it, under either mount', async () => {
    const answer = await register({ username: 'First', email: 'first@example.org' });
    expect(answer.status).to.equal(201);
    expect(answer.json).to.include({ username: 'First', email: 'first@example.org', email_verified: false });
    expect(answer.headers.get('location')).to.equal(`/users/${answer.json.id}`);
    const other = await running.call('POST /api/v1/user/register/', { body: { login: 'Second', password } });
    expect(other.headers.get('location')).to.equal(`/api/v1/users/${other.json.id}`);
    expect((await running.call(`GET ${other.headers.get('location')!}`)).json.username).to.equal('Second');
  });

  it('makes a username up where there is only an e-mail', async () => {
    const { json } = await register({ email: 'only-mail@example.org' });
    expect(json.username).to.match(/^user-[0-9a-f]{12}$/);
    const byLogin = await running.call('POST /user/register', {
      body: { login: 'by-login@example.org', password },
    });
    expect(byLogin.json).to.include({ email: 'by-login@example.org' });
  });

  it('needs one of the two', async () => {
    expect((await register({})).status).to.equal(422);
  });

  it('signs in by login, username or e-mail in any case, at both endpoints', async () => {
    await register({ username: 'Kim', email: 'kim@example.org' });
    for (const who of [
      { login: 'kim' },
      { login: 'KIM@example.org' },
      { username: 'kIM' },
      { email: 'Kim@Example.Org' },
    ])
      for (const path of ['/auth/login', '/user/auth', '/api/v1/auth/login/']) {
        const answer = await running.call(`POST ${path}`, { body: { ...who, password } });
        expect(answer.status, `${path} ${JSON.stringify(who)}`).to.equal(200);
        expect(answer.json).to.include({
          token_type: 'Bearer',
          expires_in: 900,
          refresh_expires_in: 2592000,
        });
      }
    const twice = { login: 'kim', username: 'kim', password };
    expect((await running.call('POST /auth/login', { body: twice })).status).to.equal(422);
  });

  it('answers an unknown login and a wrong password alike', async () => {
    await register({ username: 'Lena' });
    const strip = ({ instance: _instance, request_id: _id, ...rest }: Record<string, unknown>) => rest;
    const wrong = await running.call('POST /auth/login', { body: { login: 'lena', password: 'not hers' } });
    const nobody = await running.call('POST /auth/login', {
      body: { login: 'nobody', password: 'not hers' },
    });
    expect(wrong.status).to.equal(401);
    expect(strip(nobody.json)).to.deep.equal(strip(wrong.json));
    expect([...nobody.headers.keys()]).to.deep.equal([...wrong.headers.keys()]);
  });

  it('tells which name is taken, in any case', async () => {
    await register({ username: 'Mila', email: 'mila@example.org' });
    const username = await register({ username: 'mILA', email: 'other@example.org' });
    expect(username.status).to.equal(409);
    expect(username.json.type).to.equal('/problems/username-taken');
    const email = await register({ username: 'other', email: 'MILA@example.org' });
    expect(email.json.type).to.equal('/problems/email-taken');
    expect((await register({ username: 'other', email: 'other@example.org' })).status).to.equal(201);
  });

  it('of 40 at once who want one name, in differing case, exactly one gets it', async () => {
    const names = Array.from({ length: 40 }, (_none, index) =>
      Array.from('sought-after', (letter, place) =>
        ((index >> (place % 6)) & 1) === 1 ? letter.toUpperCase() : letter,
      ).join(''),
    );
    const answers = await Promise.all(names.map((username) => register({ username })));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).to.deep.equal([201, ...Array.from({ length: 39 }, () => 409)]);
  });

  it('a repeat under an idempotency key is one account, also after a restart', async () => {
    const body = { username: 'Once', email: 'once@example.org' };
    const headers = { 'idempotency-key': 'register-once' };
    const first = await register(body, headers);
    const second = await register(body, headers);
    expect(second.json).to.deep.equal(first.json);
    running = await running.restart();
    const third = await register(body, headers);
    expect(third.json.id).to.equal(first.json.id);
    const other = await register({ ...body, username: 'Twice' }, headers);
    expect(other.json.type).to.equal('/problems/idempotency-key-reused');
  });

  it('a repeat whose kept answer was lost finds its account', async () => {
    const body = { username: 'Lost', email: 'lost@example.org' };
    const headers = { 'idempotency-key': 'register-lost' };
    const first = await register(body, headers);
    running.clock.advance(86_401_000);
    const second = await register(body, headers);
    expect(second.status).to.equal(201);
    expect(second.json.id).to.equal(first.json.id);
  });

  const bad: readonly (readonly [what: string, body: object])[] = [
    ['a username of two characters', { username: 'ab' }],
    ['a username of 31 characters', { username: 'a'.repeat(31) }],
    ['a username with a blank', { username: 'a b c' }],
    ['a Cyrillic username', { username: 'Анна' }],
    ['an e-mail without @', { email: 'example.org' }],
    ['an e-mail with two', { email: 'a@b@c.org' }],
    ['an e-mail with a line break', { email: 'a@b.org\nbcc: c@d.org' }],
    ['an e-mail of 300 characters', { email: `${'a'.repeat(60)}@${'b'.repeat(240)}` }],
    ['a password of 7 characters', { username: 'seven', password: '7 chars' }],
    ['a password of 129 characters', { username: 'long', password: 'ab'.repeat(64) + 'c' }],
    ['a property nobody knows', { username: 'extra', is_admin: true }],
    ['an operator for a text', { username: { $ne: null } }],
  ];
  for (const [what, body] of bad) {
    it(`refuses ${what}`, async () => {
      expect((await register(body)).status).to.equal(422);
    });
  }

  for (const common of ['Password1', '1234567890', 'qwertyuiop', 'aaaaaaaaaaaa', 'пароль123']) {
    it(`refuses the password ${common}`, async () => {
      const answer = await register({ username: 'common', password: common });
      expect(answer.status).to.equal(422);
      expect(answer.json.type).to.equal('/problems/password-too-common');
    });
  }

  it('takes passwords verbatim: blanks, case, letters of any script', async () => {
    const exact = ' Пароль с пробелом 🔑 ';
    await register({ username: 'verbatim', password: exact });
    await login(running, { username: 'verbatim', password: exact });
    for (const other of [exact.trim(), exact.toLowerCase(), exact.normalize('NFD')]) {
      const answer = await running.call('POST /auth/login', {
        body: { login: 'verbatim', password: other },
      });
      expect(answer.status, JSON.stringify(other)).to.equal(other === exact ? 200 : 401);
    }
  });

  it('says in app.log who registered, signed in and out', async () => {
    const { json } = await register({ username: 'Logged' });
    const { access } = await login(running, { username: 'logged', password });
    await running.call('POST /auth/logout', { token: access });
    const lines = await eventually(async () => {
      const text = await readFile(join(running.dataDir, 'app.log'), 'utf8');
      const all = text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, string>);
      const mine = all.filter(({ actor }) => actor === json.id);
      return mine.length === 3 ? mine : undefined;
    });
    expect(lines.map(({ entity, action }) => `${action} ${entity}`)).to.deep.equal([
      'create user',
      'create session',
      'delete session',
    ]);
  });

  it('keeps no name, e-mail or password in the clear in any metadata or stream name of the log', async () => {
    await register({
      username: 'Marker-Name',
      email: 'marker-mail@example.org',
      password: 'marker password',
    });
    const { log } = running.program.engines;
    const records = await log.readAll({ after: 0n as never, limit: 4096 });
    const text = JSON.stringify(records, (_key, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    ).toLowerCase();
    for (const marker of ['marker-name', 'marker-mail', 'marker password'])
      expect(text).to.not.include(marker);
  });
});
