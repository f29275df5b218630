import { expect } from 'chai';
import { call, startTestApplication, type TestApplication } from './test-application.ts';

describe('Idempotency keys', () => {
  let app: TestApplication;
  beforeEach(async () => {
    app = await startTestApplication();
  });
  afterEach(() => app.stop());

  const write = (text: string, key: string, as = 'alice', to = app) =>
    call(to, 'POST /notes', { as, body: { text }, headers: { 'idempotency-key': key } });

  it('make a retry get the first answer, and nothing is done twice', async () => {
    const first = await write('hi', 'key');
    const again = await write('hi', 'key');
    expect(again.status).to.equal(201);
    expect(again.text).to.equal(first.text);
    for (const name of ['location', 'etag', 'storyline-position'])
      expect(again.headers.get(name)).to.equal(first.headers.get(name));
    expect(first.headers.get('idempotent-replayed')).to.equal(null);
    expect(again.headers.get('idempotent-replayed')).to.equal('true');
    expect(app.bus.head()).to.equal(1n);
  });

  it('hold across a restart', async () => {
    const first = await write('hi', 'key');
    await app.stop();
    app = await startTestApplication({ before: app });
    expect((await write('hi', 'key')).text).to.equal(first.text);
    expect(app.bus.head()).to.equal(1n);
  });

  it('rebuild an answer that a crash took from the events', async () => {
    const first = await write('hi', 'key');
    const { bus } = app;
    await app.stop();
    app = await startTestApplication({ services: { bus } });
    const again = await write('hi', 'key');
    expect(again.status).to.equal(201);
    expect(again.json.id).to.equal(first.json.id);
    expect(again.headers.get('storyline-position')).to.equal(first.headers.get('storyline-position'));
    expect(bus.head()).to.equal(1n);
    expect((await write('other', 'key')).status).to.equal(422);
  });

  it('refuse another request under the same key', async () => {
    await write('hi', 'key');
    const other = await write('something else', 'key');
    expect(other.status).to.equal(422);
    expect(other.json.type).to.equal('/problems/idempotency-key-reused');
    expect(app.bus.head()).to.equal(1n);
  });

  it('belong to one account and one route', async () => {
    const first = await write('hi', 'key');
    const others = await write('hi', 'key', 'bob');
    expect(others.json.id).not.to.equal(first.json.id);
    const elsewhere = await call(app, `PUT /notes/${first.json.id}`, {
      as: 'alice',
      body: { text: 'hi' },
      headers: { 'idempotency-key': 'key' },
    });
    expect(elsewhere.status).to.equal(200);
    expect(app.bus.head()).to.equal(3n);
  });

  for (const sharedStores of [false, true])
    it(`answer 409 while the first still runs (${sharedStores ? 'shared stores' : 'one process'})`, async () => {
      await app.stop();
      app = await startTestApplication({ options: { sharedStores } });
      let open: () => void = () => undefined;
      app.bus.gate = new Promise<void>((resolve) => {
        open = resolve;
      });
      const first = write('hi', 'key');
      let second = await write('hi', 'key');
      // The second may have come first, so ask until one of the two is known to be running.
      while (second.status !== 409) second = await write('hi', 'key');
      expect(second.json.type).to.equal('/problems/request-in-progress');
      expect(second.headers.get('retry-after')).to.equal('1');
      open();
      expect((await first).status).to.equal(201);
      expect((await write('hi', 'key')).headers.get('idempotent-replayed')).to.equal('true');
      expect(app.bus.head()).to.equal(1n);
    });

  it('keep one winner of many at once over shared stores of two processes', async () => {
    await app.stop();
    app = await startTestApplication({ options: { sharedStores: true } });
    const other = await startTestApplication({ options: { sharedStores: true }, before: app });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => write('hi', 'key', 'alice', index % 2 === 0 ? app : other)),
    );
    await other.stop();
    expect(answers.every(({ status }) => status === 201 || status === 409)).to.equal(true);
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ text }) => text)).size).to.equal(1);
    expect(app.bus.head()).to.equal(1n);
  });

  it('let who crashed try again once the lease of the dead process is over', async () => {
    await app.stop();
    let now = 1_000_000;
    const clock = { now: () => now, sleep: async () => undefined };
    app = await startTestApplication({ options: { sharedStores: true }, services: { clock } });
    app.bus.gate = new Promise(() => undefined);
    const lost = new AbortController();
    const dead = fetch(`${app.origin}/notes`, {
      method: 'POST',
      body: '{"text":"hi"}',
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer alice',
        'idempotency-key': 'key',
      },
      signal: lost.signal,
    }).catch(() => undefined);
    while (!app.ephemeral.dump().includes('running')) await new Promise(setImmediate);
    lost.abort();
    await dead;
    const next = await startTestApplication({
      options: { sharedStores: true },
      services: { clock },
      before: app,
    });
    app.bus.gate = Promise.resolve();
    expect((await write('hi', 'key', 'alice', next)).status).to.equal(409);
    now += 10_001;
    expect((await write('hi', 'key', 'alice', next)).status).to.equal(201);
    await next.stop();
  });

  it('do not keep what may be different next time: 401, 429 and faults', async () => {
    const unknown = await call(app, 'POST /notes', {
      as: 'nobody',
      body: { text: 'hi' },
      headers: { 'idempotency-key': 'key' },
    });
    expect(unknown.status).to.equal(401);
    const down = Promise.reject(new Error('down'));
    down.catch(() => undefined);
    app.bus.gate = down;
    expect((await write('hi', 'key')).status).to.equal(500);
    app.bus.gate = Promise.resolve();
    expect((await write('hi', 'key')).status).to.equal(201);
  });

  it('keep a refusal of the handler', async () => {
    const { json } = await write('hi', 'first');
    const edit = () =>
      call(app, `PUT /notes/${json.id}`, {
        as: 'alice',
        body: { text: 'x' },
        headers: { 'idempotency-key': 'k', 'if-match': '"7.x"' },
      });
    expect((await edit()).status).to.equal(412);
    const again = await edit();
    expect(again.status).to.equal(412);
    expect(again.headers.get('idempotent-replayed')).to.equal('true');
  });

  it('never keep a secret answer: it is computed again', async () => {
    const take = (password: string) =>
      call(app, 'POST /tickets', { body: { password }, headers: { 'idempotency-key': 'key' } });
    const first = await take('horse');
    const again = await take('horse');
    expect(again.text).to.equal(first.text);
    expect(again.headers.get('set-cookie')).to.equal(first.headers.get('set-cookie'));
    expect(app.bus.head()).to.equal(1n);
    expect(app.ephemeral.dump()).not.to.include(first.json.ticket);
    expect(app.ephemeral.dump()).not.to.include('horse');
    expect((await take('other password')).json.ticket).not.to.equal(first.json.ticket);
  });

  it('are 1 to 255 printable characters', async () => {
    expect((await write('hi', 'k'.repeat(255))).status).to.equal(201);
    for (const key of ['k'.repeat(256), 'clé']) {
      const answer = await write('hi', key);
      expect(answer.status).to.equal(400);
      expect(answer.json.errors[0].pointer).to.equal('/header/Idempotency-Key');
    }
  });

  it('are not needed', async () => {
    const twice = [
      await call(app, 'POST /notes', { as: 'alice', body: { text: 'hi' } }),
      await call(app, 'POST /notes', { as: 'alice', body: { text: 'hi' } }),
    ];
    expect(new Set(twice.map(({ json }) => json.id)).size).to.equal(2);
  });
});
