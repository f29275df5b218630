import { expect } from 'chai';
import { disableAccount } from '../../src/commands/accounts/disable-account.ts';
import { enableAccount } from '../../src/commands/accounts/enable-account.ts';
import { instant } from '../../src/core/clock.ts';
import { login, register, startProgram, type Person, type RunningProgram } from './program.ts';

describe('A profile', () => {
  let running: RunningProgram;
  let anna: Person;
  let token: string;

  before(async () => {
    running = await startProgram();
  });
  after(() => running.stop());
  beforeEach(async () => {
    anna = await register(running);
    token = (await login(running, anna)).access;
  });

  const change = (body: object, headers: Record<string, string> = {}) =>
    running.call('PATCH /auth/me', { token, body, headers });

  it('shows its owner everything and others what is public', async () => {
    const own = (await running.call('GET /auth/me', { token })).json;
    expect(own).to.have.all.keys(
      ...['id', 'username', 'email', 'email_verified', 'is_active', 'roles', 'created_at', 'last_seen'],
      ...['is_online', 'bio', 'avatar_url', 'followers_count', 'following_count', 'posts_count'],
      ...['is_subscribed', 'follows_me'],
    );
    const open = (await running.call(`GET /users/${anna.id}`)).json;
    const hidden = ['email', 'email_verified', 'roles', 'is_subscribed', 'follows_me'];
    expect(open).to.have.all.keys(...Object.keys(own).filter((key) => !hidden.includes(key)));
    const boris = await register(running);
    const { access } = await login(running, boris);
    const seen = (await running.call(`GET /users/${anna.id}`, { token: access })).json;
    expect(seen).to.include({ is_subscribed: false, follows_me: false }).and.not.have.property('email');
  });

  it('changes what is sent and leaves the rest', async () => {
    const changed = await change({ bio: 'Climbs.' });
    expect(changed.json).to.include({ bio: 'Climbs.', username: anna.username, email: anna.email });
    expect((await change({ bio: null })).json.bio).to.equal(null);
  });

  it('a new username is there at once, and the old one is free', async () => {
    const name = `${anna.username}.renamed`;
    expect((await change({ username: name })).json.username).to.equal(name);
    expect((await running.call(`GET /users/${anna.id}`)).json.username).to.equal(name);
    await login(running, { username: name.toUpperCase(), password: anna.password });
    const heir = { login: anna.username.toUpperCase(), password: 'an heir of this name' };
    expect((await running.call('POST /user/register', { body: heir })).status).to.equal(201);
    token = (await login(running, { ...anna, username: name })).access;
    expect((await change({ username: anna.username })).json.type).to.equal('/problems/username-taken');
  });

  it('the case of a username can be changed, and back and forth between two names too', async () => {
    const upper = anna.username.toUpperCase();
    expect((await change({ username: upper })).json.username).to.equal(upper);
    for (const name of [`${upper}-2`, upper, `${upper}-2`, upper])
      expect((await change({ username: name })).json.username).to.equal(name);
  });

  it('two equal changes at once both succeed', async () => {
    const username = `${anna.username}-x`;
    const answers = await Promise.all([change({ username }), change({ username })]);
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 200]);
  });

  it('a new e-mail needs the password, and is not verified', async () => {
    const email = `new-${anna.email}`;
    expect((await change({ email })).json.type).to.equal('/problems/password-required');
    expect((await change({ email, password: 'wrong wrong' })).json.type).to.equal(
      '/problems/credentials-wrong',
    );
    const changed = await change({ email, password: anna.password });
    expect(changed.json).to.include({ email, email_verified: false });
    const boris = await register(running);
    const { access } = await login(running, boris);
    const body = { email: email.toUpperCase(), password: boris.password };
    const taken = await running.call('PATCH /auth/me', { token: access, body });
    expect(taken.json.type).to.equal('/problems/email-taken');
  });

  it('If-Match protects from a change that came between', async () => {
    const { headers } = await running.call('GET /auth/me', { token });
    const etag = headers.get('etag')!;
    expect((await change({ bio: 'one' }, { 'if-match': etag })).status).to.equal(200);
    expect((await change({ bio: 'two' }, { 'if-match': etag })).status).to.equal(412);
  });

  it('a password change by the old one ends every session', async () => {
    const body = { old_password: anna.password, new_password: 'another password' };
    const wrong = { ...body, old_password: 'not the old one' };
    expect((await running.call('POST /auth/password', { token, body: wrong })).status).to.equal(401);
    expect((await running.call('POST /auth/password', { body })).json.type).to.equal(
      '/problems/token-missing',
    );
    expect((await running.call('POST /auth/password', { token, body })).status).to.equal(204);
    expect((await running.call('GET /auth/me', { token })).json.type).to.equal('/problems/session-revoked');
    await login(running, { ...anna, password: 'another password' });
  });

  it('who did not hear that the password was changed asks again under the same key, with the token that it ended', async () => {
    const body = { old_password: anna.password, new_password: 'another password' };
    const headers = { 'idempotency-key': 'change-it' };
    const ask = (more: object = {}) => running.call('POST /auth/password', { token, body, headers, ...more });
    expect((await ask()).status).to.equal(204);
    const again = await ask();
    expect([again.status, again.headers.get('idempotent-replayed')]).to.deep.equal([204, 'true']);
    for (const other of [
      { body: { ...body, new_password: 'a third password' } },
      { headers: { 'idempotency-key': 'another' } },
      { headers: {} },
    ])
      expect((await ask(other)).json.type).to.equal('/problems/session-revoked');
    expect((await ask({ token: `${token.slice(0, -2)}AA` })).json.type).to.equal('/problems/token-invalid');
    await login(running, { ...anna, password: 'another password' });
  });

  it('who did not hear that this very session was ended is told again under the same key', async () => {
    const { json } = await running.call('GET /auth/sessions', { token });
    const line = `DELETE /auth/sessions/${json.items[0].id as string}`;
    const headers = { 'idempotency-key': 'end-it' };
    expect((await running.call(line, { token, headers })).status).to.equal(204);
    expect((await running.call(line, { token, headers })).status).to.equal(204);
    expect((await running.call(line, { token })).json.type).to.equal('/problems/session-revoked');
  });

  it('people are found by the beginning of their names, page by page', async () => {
    for (const name of ['Zoe.1', 'zof', 'zoe.2', 'ZOE.3', 'zoe.4', 'zod', 'zoe.5'])
      await register(running, name);
    const found: string[] = [];
    let cursor = '';
    do {
      const { json } = await running.call(`GET /users?q=zOe&limit=2${cursor}`);
      found.push(...json.items.map(({ username }: { username: string }) => username));
      cursor = json.next_cursor === null ? '' : `&cursor=${json.next_cursor}`;
    } while (cursor !== '');
    expect(found).to.deep.equal(['Zoe.1', 'zoe.2', 'ZOE.3', 'zoe.4', 'zoe.5']);
    expect((await running.call('GET /users?q=%D0%B6')).json.items).to.deep.equal([]);
  });

  it('somebody who never was is 404', async () => {
    const answer = await running.call('GET /users/01890000-0000-7000-8000-000000000000');
    expect(answer.json.type).to.equal('/problems/user-not-found');
  });

  it('a disabled account is signed out and not let in', async () => {
    const { sessions, bus, ids, clock } = running.program.services;
    const within = () => ({ commandId: ids.next<never>(), actor: null, correlationId: 'test' });
    const execute: Parameters<typeof sessions.change>[0] = (aggregate, id, decide) =>
      bus.execute(aggregate, id, within(), decide);
    const at = instant(clock.now());
    await sessions.change(execute, anna.id as never, (state) => disableAccount(state, { at }));
    expect((await running.call('GET /auth/me', { token })).json.type).to.equal('/problems/session-revoked');
    const body = { login: anna.email, password: anna.password };
    const refused = await running.call('POST /auth/login', { body });
    expect(refused.status).to.equal(403);
    expect(refused.json.type).to.equal('/problems/account-disabled');
    const wrong = await running.call('POST /auth/login', { body: { ...body, password: 'not this one' } });
    expect(wrong.json.type).to.equal('/problems/credentials-wrong');
    await sessions.change(execute, anna.id as never, (state) => enableAccount(state, { at }));
    await login(running, anna);
  });
});
