import { expect } from 'chai';
import { routes } from '../../src/http/routes.ts';
import { login, register, startProgram, type Person, type RunningProgram } from './program.ts';

describe('Two devices', () => {
  let running: RunningProgram;
  let anna: Person;

  before(async () => {
    running = await startProgram();
    anna = await register(running);
  });
  after(() => running.stop());

  const phone = { 'user-agent': 'Phone' };
  const laptop = { 'user-agent': 'Laptop' };

  it('the second sign-in throws the first device out with a message that says when and from where', async () => {
    const first = await login(running, anna, phone);
    await login(running, anna, laptop);
    const answer = await running.call('GET /auth/me', { token: first.access });
    expect(answer.status).to.equal(401);
    expect(answer.json).to.include({ type: '/problems/session-superseded' });
    expect(answer.json.superseded_from_user_agent).to.equal('Laptop');
    expect(answer.json.detail)
      .to.match(/token is outdated/)
      .and.match(/\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC/)
      .and.match(/127\.0\.0\.1, Laptop/);
    expect(answer.headers.get('www-authenticate')).to.match(/^Bearer /);
  });

  it('the message is Russian where Russian is asked for', async () => {
    const first = await login(running, anna, phone);
    await login(running, anna, laptop);
    const headers = { 'accept-language': 'ru' };
    const answer = await running.call('GET /auth/me', { token: first.access, headers });
    expect(answer.json.detail)
      .to.match(/токен устарел/)
      .and.match(/Laptop/);
  });

  it('the refresh token of the first device is dead too, and says so', async () => {
    const first = await login(running, anna, phone);
    await login(running, anna, laptop);
    const answer = await running.call('POST /auth/refresh', { body: { refresh_token: first.refresh } });
    expect(answer.status).to.equal(401);
    expect(answer.json.type).to.equal('/problems/session-superseded');
  });

  it('the second device goes on', async () => {
    await login(running, anna, phone);
    const second = await login(running, anna, laptop);
    const answer = await running.call('GET /auth/me', { token: second.access });
    expect(answer.json).to.include({ id: anna.id, username: anna.username, email: anna.email });
  });

  it('lists the one live session, and where it is', async () => {
    await login(running, anna, phone);
    const second = await login(running, anna, laptop);
    const { json } = await running.call('GET /auth/sessions', { token: second.access });
    expect(json.items).to.have.length(1);
    expect(json.items[0]).to.include({ current: true, user_agent: 'Laptop', address: '127.0.0.1' });
  });

  it('a log-in that is repeated under its idempotency key is one session with the same tokens', async () => {
    const headers = { 'idempotency-key': 'log me in' };
    const first = await login(running, anna, headers);
    expect(await login(running, anna, headers)).to.deep.equal(first);
    expect((await running.call('GET /auth/me', { token: first.access })).status).to.equal(200);
    const newer = await login(running, anna);
    expect(await login(running, anna, headers)).to.deep.equal(first);
    expect((await running.call('GET /auth/me', { token: newer.access })).status).to.equal(200);
  });

  const id = '01890000-0000-7000-8000-000000000000';
  const guarded = routes.filter(({ who }) => who !== 'anyone');
  for (const { method, path } of guarded) {
    it(`a kicked session gets nothing from ${method} ${path}`, async () => {
      const first = await login(running, anna, phone);
      await login(running, anna, laptop);
      const answer = await running.call(`${method} ${path.replace(/\{\w+\}/g, id)}`, {
        token: first.access,
        ...(method === 'GET' || method === 'DELETE' ? {} : { body: {} }),
      });
      expect(answer.status).to.equal(401);
      expect(answer.json.type).to.equal('/problems/session-superseded');
    });
  }

  it('a tampered token is invalid, none at all is missing', async () => {
    const { access } = await login(running, anna, phone);
    const tampered = `${access.slice(0, -3)}${access.endsWith('AAA') ? 'BBB' : 'AAA'}`;
    const bad = await running.call('GET /auth/me', { token: tampered });
    expect(bad.json.type).to.equal('/problems/token-invalid');
    const none = await running.call('GET /auth/me');
    expect(none.json.type).to.equal('/problems/token-missing');
  });

  it('with MAX_SESSIONS=2 the third sign-in ends only the oldest', async () => {
    const roomy = await startProgram({ environment: { MAX_SESSIONS: '2' } });
    try {
      const boris = await register(roomy);
      const one = await login(roomy, boris);
      const two = await login(roomy, boris);
      const three = await login(roomy, boris);
      const statuses = await Promise.all(
        [one, two, three].map(
          async ({ access }) => (await roomy.call('GET /auth/me', { token: access })).status,
        ),
      );
      expect(statuses).to.deep.equal([401, 200, 200]);
      const { json } = await roomy.call('GET /auth/sessions', { token: three.access });
      expect(json.items).to.have.length(2);
      const other = json.items.find(({ current }: { current: boolean }) => !current);
      const ended = await roomy.call(`DELETE /auth/sessions/${other.id}`, { token: three.access });
      expect(ended.status).to.equal(204);
      const answer = await roomy.call('GET /auth/me', { token: two.access });
      expect(answer.json.type).to.equal('/problems/session-revoked');
    } finally {
      await roomy.stop();
    }
  });
});
