import { expect } from 'chai';
import { alice, call, startTestApplication, type TestApplication } from './test-application.ts';

const anId = '0192f3a4-1111-7111-8111-111111111111';

describe('The router', () => {
  let app: TestApplication;
  before(async () => {
    app = await startTestApplication();
  });
  after(() => app.stop());

  it('answers under both mounts, with and without a trailing slash, and Location follows the mount', async () => {
    for (const mount of ['', '/api/v1'])
      for (const slash of ['', '/']) {
        const written = await call(app, `POST ${mount}/notes${slash}`, { as: 'alice', body: { text: 'hi' } });
        expect(written.status).to.equal(201);
        expect(written.headers.get('location')).to.equal(`${mount}/notes/${written.json.id}`);
        const read = await call(app, `GET ${mount}/notes/${written.json.id}${slash}`);
        expect(read.json).to.deep.equal({ id: written.json.id, text: 'hi' });
      }
  });

  it('lets a fixed path win over a parameter', async () => {
    expect((await call(app, 'GET /notes/top')).status).to.equal(200);
  });

  it('lets nothing out that the reply does not declare', async () => {
    const written = await call(app, 'POST /notes', { as: 'alice', body: { text: 'hi' } });
    expect(written.text).not.to.include('undeclared');
  });

  it('links to the next page where this one was asked for', async () => {
    const { json } = await call(app, 'POST /notes', { as: 'alice', body: { text: 'hi' } });
    const page = await call(app, `GET /api/v1/notes/${json.id}/?page=2`);
    expect(page.headers.get('link')).to.equal(
      `</api/v1/notes/${json.id}?page=2&cursor=next-page>; rel="next"`,
    );
  });

  it('answers HEAD as GET without a body', async () => {
    const { json } = await call(app, 'POST /notes', { as: 'alice', body: { text: 'hi' } });
    const head = await call(app, `HEAD /notes/${json.id}`);
    expect(head.status).to.equal(200);
    expect(head.headers.get('etag')).to.match(/^"0\.[\w-]{16}"$/);
    expect(head.text).to.equal('');
  });

  it('answers 404 and 405 as problems, with the methods that exist', async () => {
    const nowhere = await call(app, 'GET /nowhere');
    expect(nowhere.status).to.equal(404);
    expect(nowhere.json.type).to.equal('/problems/not-found');
    const wrong = await call(app, `PATCH /notes/${anId}`, { as: 'alice', body: {} });
    expect(wrong.status).to.equal(405);
    expect(wrong.headers.get('allow')).to.equal('HEAD, GET, PUT, DELETE, OPTIONS');
    const options = await call(app, `OPTIONS /notes/${anId}`);
    expect(options.status).to.equal(204);
    expect(options.headers.get('allow')).to.equal('HEAD, GET, PUT, DELETE, OPTIONS');
    const unknown = await call(app, `PROPFIND /notes/${anId}`);
    expect(unknown.status).to.equal(405);
  });

  it('answers 406 to who takes no JSON', async () => {
    const answer = await call(app, 'GET /notes/top', { headers: { accept: 'text/html' } });
    expect(answer.status).to.equal(406);
    expect(
      (await call(app, 'GET /notes/top', { headers: { accept: 'text/html, */*;q=0.1' } })).status,
    ).to.equal(200);
  });

  describe('Problems', () => {
    it('say everything that RFC 9457 and a support call need', async () => {
      const answer = await call(app, 'GET /api/v1/nowhere', { headers: { 'x-request-id': 'my-id.1' } });
      expect(answer.headers.get('content-type')).to.equal('application/problem+json; charset=utf-8');
      expect(answer.headers.get('x-request-id')).to.equal('my-id.1');
      expect(answer.json).to.deep.equal({
        type: '/problems/not-found',
        title: 'Not found',
        status: 404,
        detail: 'There is nothing at this address. /docs lists all that there is.',
        instance: '/api/v1/nowhere',
        request_id: 'my-id.1',
      });
    });

    it('are English unless Russian is preferred', async () => {
      const titled = async (language: string) =>
        (await call(app, 'GET /nowhere', { headers: { 'accept-language': language } })).json.title;
      expect(await titled('ru-RU,ru;q=0.9,en;q=0.8')).to.equal('Не найдено');
      expect(await titled('en,ru;q=0.5')).to.equal('Not found');
      expect(await titled('de')).to.equal('Not found');
    });

    it('say in Russian what is wrong to who prefers it', async () => {
      const headers = { 'accept-language': 'ru' };
      const long = await call(app, 'POST /notes', { as: 'alice', body: { text: '' }, headers });
      expect(long.json.errors).to.deep.equal([
        { pointer: '/text', message: 'длина должна быть не меньше 1' },
      ]);
      const broken = await call(app, 'POST /notes', { as: 'alice', body: '{', headers });
      expect(broken.json.errors).to.deep.equal([{ pointer: '', message: 'Это не JSON.' }]);
    });

    it('point at what is wrong in a body, a path and a query', async () => {
      const body = await call(app, 'POST /notes', { as: 'alice', body: { text: 'hi', stars: 6 } });
      expect(body.status).to.equal(422);
      expect(body.json.errors).to.deep.equal([{ pointer: '/stars', message: 'must be <= 5' }]);
      const missing = await call(app, 'POST /notes', { as: 'alice', body: {} });
      expect(missing.json.errors).to.deep.equal([{ pointer: '/text', message: 'is required' }]);
      const path = await call(app, 'GET /notes/no-uuid');
      expect(path.status).to.equal(400);
      expect(path.json.errors[0].pointer).to.equal('/path/note_id');
      const query = await call(app, `GET /notes/${anId}?pages=1`);
      expect(query.status).to.equal(400);
      expect(query.json.errors).to.deep.equal([
        { pointer: '/query/pages', message: 'must not be there: it is unknown' },
      ]);
    });

    it('replace an id that nobody should log', async () => {
      const answer = await call(app, 'GET /nowhere', { headers: { 'x-request-id': 'a b"<>' } });
      expect(answer.json.request_id).to.match(/^[\w.-]+-\w+$/);
    });
  });

  describe('Tokens', () => {
    it('are asked for, checked, and refused with a challenge', async () => {
      const missing = await call(app, 'POST /notes', { body: { text: 'hi' } });
      expect(missing.status).to.equal(401);
      expect(missing.json.type).to.equal('/problems/token-missing');
      expect(missing.headers.get('www-authenticate')).to.equal('Bearer realm="storyline"');
      const bad = await call(app, 'POST /notes', { as: 'mallory', body: { text: 'hi' } });
      expect(bad.json.type).to.equal('/problems/token-invalid');
      expect(bad.headers.get('www-authenticate')).to.include('error="invalid_token"');
    });

    it('are refused where they are optional, and do not count where they are not asked for', async () => {
      expect((await call(app, `GET /notes/${anId}`, { as: 'expired' })).json.type).to.equal(
        '/problems/token-expired',
      );
      expect(
        (await call(app, `GET /notes/${anId}`, { headers: { authorization: 'Basic eDp5' } })).status,
      ).to.equal(401);
      expect((await call(app, 'GET /notes/top', { as: 'expired' })).status).to.equal(200);
    });

    it('of a superseded session say so in the language asked for', async () => {
      const russian = await call(app, `GET /notes/${anId}`, {
        as: 'kicked',
        headers: { 'accept-language': 'ru' },
      });
      expect(russian.json.detail).to.equal('Ваш токен устарел.');
      const english = await call(app, `GET /notes/${anId}`, { as: 'kicked' });
      expect(english.json.detail).to.equal('Your token is outdated.');
    });
  });

  it('tells the caller from the token to the handler', async () => {
    const seen: unknown[] = [];
    const { bus } = app;
    const execute = bus.execute;
    bus.execute = (aggregate, id, command, decide, options) => {
      seen.push(command.actor, command.correlationId);
      return execute(aggregate, id, command, decide, options);
    };
    await call(app, 'POST /notes', {
      as: 'alice',
      body: { text: 'hi' },
      headers: { 'x-request-id': 'trace-1' },
    });
    bus.execute = execute;
    expect(seen).to.deep.equal([alice, 'trace-1']);
  });
});
