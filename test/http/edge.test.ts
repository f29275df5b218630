import { expect } from 'chai';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { EphemeralStoreUnavailable } from '../../src/ports/ephemeral-store.ts';
import { LogUnavailable } from '../../src/ports/event-log.ts';
import { TooMuchContention } from '../../src/commands/execute.ts';
import { route } from '../../src/http/route.ts';
import { agent, send } from './raw-client.ts';
import { call, startTestApplication, type TestApplication } from './test-application.ts';

const write = (app: TestApplication, headers: Record<string, string> = {}, as = 'alice') =>
  call(app, 'POST /notes', { as, body: { text: 'hi' }, headers });

/** Tells the test which address the handler saw. */
const addressRoute = (addresses: string[]) =>
  route({
    name: 'address',
    method: 'GET',
    path: '/address',
    tag: 'x',
    summary: 'x',
    who: 'anyone',
    replies: { 204: { description: 'x' } },
    refusals: [],
    handler: async ({ address }) => {
      addresses.push(address);
      return { status: 204 };
    },
  });

describe('At the edge', () => {
  let app: TestApplication;
  after(() => agent.destroy());
  afterEach(() => app.stop());

  describe('browsers', () => {
    const origin = 'https://app.example';

    it('of allowed origins may call with credentials and read our headers', async () => {
      app = await startTestApplication({ options: { corsOrigins: [origin] } });
      const preflight = await call(app, 'OPTIONS /notes', {
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'idempotency-key',
        },
      });
      expect(preflight.status).to.equal(204);
      expect(preflight.headers.get('access-control-allow-origin')).to.equal(origin);
      expect(preflight.headers.get('access-control-allow-credentials')).to.equal('true');
      expect(preflight.headers.get('access-control-allow-headers')).to.equal('idempotency-key');
      const answer = await write(app, { origin });
      expect(answer.headers.get('access-control-allow-origin')).to.equal(origin);
      for (const name of ['ETag', 'Storyline-Position', 'Link', 'Retry-After', 'Location'])
        expect(answer.headers.get('access-control-expose-headers')).to.include(name);
      expect(answer.headers.get('vary')).to.equal('Authorization, Accept-Language, Accept-Encoding, Origin');
      const problem = await call(app, 'GET /nowhere', { headers: { origin } });
      expect(problem.headers.get('access-control-allow-origin')).to.equal(origin);
    });

    it('of other origins get no permission', async () => {
      app = await startTestApplication({ options: { corsOrigins: [origin] } });
      for (const other of ['https://evil.example', 'null', `${origin}.evil.example`]) {
        const answer = await write(app, { origin: other });
        expect(answer.headers.get('access-control-allow-origin')).to.equal(null);
      }
    });

    it('may send our cookie only from ourselves and from allowed origins', async () => {
      app = await startTestApplication({ options: { corsOrigins: [origin] } });
      const cookie = 'refresh_token=x';
      const foreign: readonly Record<string, string>[] = [
        { cookie, origin: 'https://evil.example' },
        { cookie, 'sec-fetch-site': 'cross-site' },
        { cookie, 'sec-fetch-site': 'same-site' },
        { cookie, origin: 'null' },
      ];
      for (const headers of foreign) {
        const answer = await send(
          app.port,
          'POST',
          '/tickets',
          { 'content-type': 'application/json', ...headers },
          '{"password":"x"}',
        );
        expect(answer.status, JSON.stringify(headers)).to.equal(403);
        expect(JSON.parse(answer.text).type).to.equal('/problems/cross-site');
      }
      const own: readonly Record<string, string>[] = [
        { cookie },
        { cookie, origin },
        { cookie, 'sec-fetch-site': 'same-origin', origin: app.origin },
        { cookie, origin: app.origin },
        { origin: 'https://evil.example' },
      ];
      for (const headers of own) {
        const answer = await send(
          app.port,
          'POST',
          '/tickets',
          { 'content-type': 'application/json', ...headers },
          '{"password":"x"}',
        );
        expect(answer.status, JSON.stringify(headers)).to.equal(200);
      }
    });

    it('are told to run, frame and sniff nothing', async () => {
      app = await startTestApplication();
      for (const answer of [await write(app), await call(app, 'GET /nowhere')]) {
        expect(answer.headers.get('content-security-policy')).to.equal(
          "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
        );
        expect(answer.headers.get('x-content-type-options')).to.equal('nosniff');
        expect(answer.headers.get('x-frame-options')).to.equal('DENY');
        expect(answer.headers.get('referrer-policy')).to.equal('no-referrer');
        expect(answer.headers.get('strict-transport-security')).to.match(/^max-age=\d+/);
        expect(answer.headers.get('x-powered-by')).to.equal(null);
      }
    });

    it('get cookies that scripts and other sites cannot use', async () => {
      for (const secureCookies of [true, false]) {
        app = await startTestApplication({ options: { secureCookies } });
        const { headers, json } = await call(app, 'POST /tickets', { body: { password: 'x' } });
        expect(headers.get('set-cookie')).to.equal(
          `ticket=${json.ticket}; Path=/; Max-Age=60; HttpOnly; SameSite=Strict${secureCookies ? '; Secure' : ''}`,
        );
        if (secureCookies) await app.stop();
      }
    });
  });

  describe('rate limits', () => {
    it('let an account do 600 commands a minute, then say how long to wait', async () => {
      let now = 1_000_000;
      const clock = { now: () => now, sleep: async () => undefined };
      app = await startTestApplication({ rateLimits: true, services: { clock } });
      for (let done = 0; done < 600; done += 1) expect((await write(app)).status).to.equal(201);
      const refused = await write(app);
      expect(refused.status).to.equal(429);
      expect(refused.json.type).to.equal('/problems/rate-limited');
      expect(refused.headers.get('retry-after')).to.equal('60');
      expect((await write(app, {}, 'bob')).status).to.equal(201);
      now += 60_000;
      expect((await write(app)).status).to.equal(201);
    });

    it('count log-ins by account without regard to case, and by address', async () => {
      app = await startTestApplication({ rateLimits: true });
      const { rateLimits } = app.services;
      for (let done = 0; done < 10; done += 1)
        expect((await rateLimits.signIn('Anna@example.org', '10.0.0.1')).ok).to.equal(true);
      const refused = await rateLimits.signIn('anna@EXAMPLE.org', '10.0.0.2');
      expect(refused).to.deep.include({ ok: false, refusal: 'rate_limited' });
      for (let done = 0; done < 90; done += 1) await rateLimits.signIn(`someone-${done}`, '10.0.0.1');
      expect((await rateLimits.signIn('somebody', '10.0.0.1')).ok).to.equal(false);
      expect(app.ephemeral.dump()).not.to.match(/anna|10\.0\.0/i);
    });

    it('can be switched off', async () => {
      app = await startTestApplication({ rateLimits: false });
      for (let done = 0; done < 610; done += 1) expect((await write(app)).status).to.equal(201);
    });
  });

  describe('answers', () => {
    it('above 1 KiB are compressed for who takes it, and small ones never', async () => {
      app = await startTestApplication();
      const top = (encoding: string) => send(app.port, 'GET', '/notes/top', { 'accept-encoding': encoding });
      const gzipped = await top('gzip');
      expect(gzipped.headers['content-encoding']).to.equal('gzip');
      expect(JSON.parse(gunzipSync(gzipped.body).toString()).text).to.include('again and again');
      const brotli = await top('gzip, br');
      expect(brotli.headers['content-encoding']).to.equal('br');
      expect(JSON.parse(brotliDecompressSync(brotli.body).toString()).text).to.include('again and again');
      for (const plain of ['identity', 'identity;q=0', '*;q=0', 'deflate, *;q=0']) {
        const answer = await top(plain);
        expect([answer.status, answer.headers['content-encoding']], plain).to.deep.equal([200, undefined]);
        expect(JSON.parse(answer.body.toString()).text).to.include('again and again');
      }
      expect(
        (await send(app.port, 'GET', '/health', { 'accept-encoding': 'gzip, br' })).headers[
          'content-encoding'
        ],
      ).to.equal(undefined);
    });

    it('to bodies that are too large come at once and close the connection', async () => {
      app = await startTestApplication();
      const began = performance.now();
      const answer = await send(
        app.port,
        'POST',
        '/tickets',
        { 'content-type': 'application/json' },
        `{"password":"${'x'.repeat(3_000_000)}"}`,
      );
      expect(answer.status).to.equal(413);
      expect(answer.headers['connection']).to.equal('close');
      expect(performance.now() - began).to.be.below(1000);
      expect((await write(app)).status).to.equal(201);
    });
  });

  describe('faults', () => {
    const failing = async (fault: Error) => {
      app = await startTestApplication();
      app.bus.execute = () => Promise.reject(fault);
      return write(app);
    };

    it('of a full disk are 507, of a log that is down 503 with a time to come back', async () => {
      const full = await failing(new LogUnavailable('no-room', 'ENOSPC /secret/path'));
      expect(full.status).to.equal(507);
      expect(full.json.type).to.equal('/problems/no-room');
      await app.stop();
      const down = await failing(new LogUnavailable('failed-sync', 'EIO /secret/path'));
      expect(down.status).to.equal(503);
      expect(down.headers.get('retry-after')).to.equal('2');
      expect(full.text + down.text).not.to.include('secret');
    });

    it('of a store that cannot tell who somebody is let nobody in', async () => {
      app = await startTestApplication({
        services: {
          authenticator: {
            authenticate: () => Promise.reject(new EphemeralStoreUnavailable('down')),
            ownerOf: () => undefined,
          },
        },
      });
      expect((await write(app)).status).to.equal(503);
    });

    it('of too many changes at once are 503', async () => {
      expect((await failing(new TooMuchContention('stream-1'))).json.type).to.equal('/problems/contention');
    });

    it('that nobody foresaw are 500 without a stack trace, which goes to the log', async () => {
      const answer = await failing(new Error('the secret reason'));
      expect(answer.status).to.equal(500);
      expect(answer.json.type).to.equal('/problems/internal-error');
      expect(answer.text).not.to.match(/secret|\.ts|at /);
      const line = app.logged.map((text) => JSON.parse(text)).find(({ level }) => level === 50);
      expect(line.err.stack).to.include('the secret reason');
      expect(line.request).to.deep.equal({ id: answer.json.request_id, route: 'writeNote' });
    });
  });

  it('a header that cannot be sent is a problem like any other fault', async () => {
    const bad = {
      ...addressRoute([]),
      handler: async () => ({ status: 204, headers: { Location: '/a\r\nSet-Cookie: x=y' } }),
    };
    app = await startTestApplication({ routes: [bad] });
    const answer = await call(app, 'GET /address');
    expect(answer.status).to.equal(500);
    expect(answer.json.type).to.equal('/problems/internal-error');
    expect(answer.headers.get('set-cookie')).to.equal(null);
  });

  describe('the log', () => {
    it('tells of every request by names of its own and never holds what was sent', async () => {
      app = await startTestApplication();
      await write(app, { cookie: 'refresh_token=planted-cookie', 'idempotency-key': 'planted-key' });
      await call(app, 'POST /tickets?token=planted-query', { body: { password: 'planted-password' } });
      await call(app, 'GET /planted-path', { as: 'planted-token' });
      const text = app.logged.join('');
      expect(text).to.include('"route":"writeNote"');
      expect(text).not.to.include('planted');
      const [line] = app.logged.map((each) => JSON.parse(each));
      expect(line.request).to.have.all.keys('id', 'method', 'route');
      expect(line.response).to.have.all.keys('status', 'seconds');
    });
  });

  describe('operators', () => {
    it('ask whether it lives and whether it is ready', async () => {
      app = await startTestApplication();
      expect((await call(app, 'GET /health')).json).to.deep.equal({ status: 'ok' });
      expect((await call(app, 'GET /api/v1/ready')).json).to.deep.equal({ status: 'ok' });
      await app.stop();
      app = await startTestApplication({
        services: { health: { notReady: async () => ['posts is 20 s behind.'], lags: async () => [] } },
      });
      const answer = await call(app, 'GET /ready');
      expect(answer.status).to.equal(503);
      expect(answer.json.detail).to.equal('posts is 20 s behind.');
      expect((await call(app, 'GET /health')).status).to.equal(200);
    });

    it('read metrics from this machine', async () => {
      app = await startTestApplication();
      await write(app);
      await call(app, 'GET /nowhere/secret');
      const { text, headers } = await call(app, 'GET /metrics');
      expect(headers.get('content-type')).to.match(/^text\/plain; version=/);
      expect(text).to.include(
        'storyline_http_request_duration_seconds_count{route="/notes",method="POST",status="201"} 1',
      );
      expect(text).to.include('{route="none",method="GET",status="404"} 1');
      expect(text).to.include('storyline_command_duration_seconds_count 1');
      expect(text).to.include('storyline_projection_lag_events{projection="posts"} 2');
      expect(text).to.include('nodejs_eventloop_lag_seconds');
      expect(text).not.to.include('secret');
      const proxied = await call(app, 'GET /metrics', { headers: { 'x-forwarded-for': '203.0.113.9' } });
      expect(proxied.status).to.equal(404);
    });

    it('read metrics with a token where one is set', async () => {
      app = await startTestApplication({ options: { metricsToken: 'a-token-of-metrics' } });
      expect((await call(app, 'GET /metrics')).status).to.equal(401);
      expect((await call(app, 'GET /metrics', { as: 'another' })).status).to.equal(401);
      expect((await call(app, 'GET /metrics', { as: 'a-token-of-metrics' })).status).to.equal(200);
    });
  });

  it('believes as many proxies as there are about the address', async () => {
    const addresses: string[] = [];
    for (const trustProxy of [0, 1]) {
      app = await startTestApplication({ options: { trustProxy }, routes: [addressRoute(addresses)] });
      await call(app, 'GET /address', { headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' } });
      if (trustProxy === 0) await app.stop();
    }
    expect(addresses).to.deep.equal(['127.0.0.1', '203.0.113.9']);
  });
});
