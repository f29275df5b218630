import { expect } from 'chai';
import { login, register, startProgram, tokensOf, type Person, type RunningProgram } from './program.ts';

describe('Refreshing a session', () => {
  let running: RunningProgram;
  let anna: Person;

  before(async () => {
    running = await startProgram();
    anna = await register(running);
  });
  after(() => running.stop());

  const refresh = (refreshToken: string, headers: Record<string, string> = {}) =>
    running.call('POST /auth/refresh', { body: { refresh_token: refreshToken }, headers });
  const me = async (token: string) => running.call('GET /auth/me', { token });
  const typeOf = async (answer: Promise<{ json: { type: string } }>) => (await answer).json.type;

  it('gives a new pair, and the old one is dead', async () => {
    const old = await login(running, anna);
    const fresh = tokensOf(await refresh(old.refresh));
    expect((await me(fresh.access)).status).to.equal(200);
    expect(await typeOf(me(old.access))).to.equal('/problems/token-rotated');
    expect(fresh.refresh).to.not.equal(old.refresh);
  });

  it('takes the cookie when the body is empty', async () => {
    const body = { login: anna.email, password: anna.password };
    const signedIn = await running.call('POST /auth/login', { body });
    const cookie = signedIn.headers.get('set-cookie')!;
    expect(cookie).to.match(/^refresh_token=/);
    for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/', 'Max-Age=2592000'])
      expect(cookie.toLowerCase()).to.include(part.toLowerCase());
    const headers = { cookie: cookie.split(';')[0]! };
    const answer = await running.call('POST /auth/refresh', { headers });
    expect((await me(tokensOf(answer).access)).status).to.equal(200);
  });

  it('of 100 at once with one token exactly one wins, and the losers revoke nothing', async () => {
    const { refresh: token } = await login(running, anna);
    const answers = await Promise.all(Array.from({ length: 100 }, () => refresh(token)));
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).to.have.length(1);
    const losers = new Set(answers.filter(({ status }) => status !== 200).map(({ json }) => json.type));
    expect([...losers]).to.deep.equal(['/problems/refresh-raced']);
    expect((await me(tokensOf(winners[0]!).access)).status).to.equal(200);
  });

  it('a repeat under the same idempotency key gets the same successor for half a minute', async () => {
    const { refresh: token } = await login(running, anna);
    const headers = { 'idempotency-key': 'one' };
    const first = tokensOf(await refresh(token, headers));
    running.clock.advance(29_000);
    expect(tokensOf(await refresh(token, headers))).to.deep.equal(first);
    expect((await me(first.access)).status).to.equal(200);
    running.clock.advance(2_000);
    expect(await typeOf(refresh(token, headers))).to.equal('/problems/session-revoked');
  });

  it('another key is no repeat', async () => {
    const { refresh: token } = await login(running, anna);
    const fresh = tokensOf(await refresh(token, { 'idempotency-key': 'one' }));
    expect(await typeOf(refresh(token, { 'idempotency-key': 'two' }))).to.equal('/problems/refresh-raced');
    expect((await me(fresh.access)).status).to.equal(200);
  });

  it('a second use within ten seconds is two tabs: nothing is revoked', async () => {
    const { refresh: token } = await login(running, anna);
    const fresh = tokensOf(await refresh(token));
    running.clock.advance(9_000);
    expect(await typeOf(refresh(token))).to.equal('/problems/refresh-raced');
    expect((await me(fresh.access)).status).to.equal(200);
  });

  it('a later use is theft: the session ends for the thief and for its owner', async () => {
    const { refresh: stolen } = await login(running, anna);
    const fresh = tokensOf(await refresh(stolen));
    running.clock.advance(11_000);
    expect(await typeOf(refresh(stolen))).to.equal('/problems/session-revoked');
    expect(await typeOf(me(fresh.access))).to.equal('/problems/session-revoked');
    expect(await typeOf(refresh(fresh.refresh))).to.equal('/problems/session-revoked');
  });

  it('a token two generations old is judged by when it was spent', async () => {
    const { refresh: first } = await login(running, anna);
    const second = tokensOf(await refresh(first));
    const third = tokensOf(await refresh(second.refresh));
    expect(await typeOf(refresh(first))).to.equal('/problems/refresh-raced');
    running.clock.advance(60_000);
    const fourth = tokensOf(await refresh(third.refresh));
    expect(await typeOf(refresh(first))).to.equal('/problems/session-revoked');
    expect(await typeOf(me(fourth.access))).to.equal('/problems/session-revoked');
  });

  it('the access token expires after a quarter of an hour, the refresh token after thirty days unused', async () => {
    const { access, refresh: token } = await login(running, anna);
    running.clock.advance(900_000);
    expect(await typeOf(me(access))).to.equal('/problems/token-expired');
    const fresh = tokensOf(await refresh(token));
    expect((await me(fresh.access)).status).to.equal(200);
    running.clock.advance(2_592_001_000);
    expect(await typeOf(refresh(fresh.refresh))).to.equal('/problems/session-revoked');
  });

  it('a forged, cut or foreign refresh token is invalid, none at all is missing', async () => {
    const { refresh: token } = await login(running, anna);
    const [sid, , mac] = token.split('.') as [string, string, string];
    for (const bad of [`${sid}.1.${mac}`, token.slice(0, -1), 'x', `${sid}.0.`, token.toUpperCase()])
      expect(await typeOf(refresh(bad)), bad).to.equal('/problems/token-invalid');
    expect(await typeOf(running.call('POST /auth/refresh'))).to.equal('/problems/token-missing');
  });

  describe('and signing out', () => {
    const logout = (asking: { token?: string; body?: unknown; headers?: Record<string, string> }) =>
      running.call('POST /auth/logout', asking);

    for (const by of ['access', 'refresh'] as const) {
      it(`by the ${by} token ends both and clears the cookie`, async () => {
        const pair = await login(running, anna);
        const out = await logout(
          by === 'access' ? { token: pair.access } : { body: { refresh_token: pair.refresh } },
        );
        expect(out.status).to.equal(204);
        expect(out.headers.get('set-cookie'))
          .to.match(/^refresh_token=;/)
          .and.match(/max-age=0/i);
        expect(await typeOf(me(pair.access))).to.equal('/problems/session-revoked');
        expect(await typeOf(refresh(pair.refresh))).to.equal('/problems/session-revoked');
      });
    }

    it('by the cookie alone, when the access token has expired', async () => {
      const pair = await login(running, anna);
      running.clock.advance(1_000_000);
      const headers = { cookie: `refresh_token=${pair.refresh}` };
      expect((await logout({ token: pair.access, headers })).status).to.equal(204);
      expect(await typeOf(refresh(pair.refresh))).to.equal('/problems/session-revoked');
    });

    it('without any token is 401', async () => {
      expect(await typeOf(logout({}))).to.equal('/problems/token-missing');
    });
  });
});
