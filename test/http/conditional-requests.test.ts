import { expect } from 'chai';
import { call, startTestApplication, type TestApplication } from './test-application.ts';

describe('Conditional requests', () => {
  let app: TestApplication;
  let path: string;
  let tag: string;
  before(async () => {
    app = await startTestApplication();
  });
  after(() => app.stop());
  beforeEach(async () => {
    const written = await call(app, 'POST /notes', { as: 'alice', body: { text: 'first' } });
    path = `/notes/${written.json.id}`;
    tag = (await call(app, `GET ${path}`)).headers.get('etag')!;
  });

  it('answer 304 while the representation is the same, with the same ETag and no body', async () => {
    for (const header of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const answer = await call(app, `GET ${path}`, { headers: { 'if-none-match': header } });
      expect(answer.status).to.equal(304);
      expect(answer.text).to.equal('');
      expect(answer.headers.get('etag')).to.equal(tag);
      expect(answer.headers.get('vary')).to.equal('Authorization, Accept-Language, Accept-Encoding');
      expect(answer.headers.get('cache-control')).to.equal('private, no-cache');
    }
    expect((await call(app, `GET ${path}`, { headers: { 'if-none-match': '"0.other"' } })).status).to.equal(
      200,
    );
  });

  it('change once and refuse who did not see the change', async () => {
    const change = (text: string, match: string) =>
      call(app, `PUT ${path}`, { as: 'alice', body: { text }, headers: { 'if-match': match } });
    const changed = await change('second', tag);
    expect(changed.status).to.equal(200);
    const late = await change('third', tag);
    expect(late.status).to.equal(412);
    expect(late.json.type).to.equal('/problems/precondition-failed');
    expect((await change('third', changed.headers.get('etag')!)).status).to.equal(200);
  });

  it('compare the revision alone, take *, and refuse weak and malformed tags', async () => {
    const put = (match: string) =>
      call(app, `PUT ${path}`, { as: 'alice', body: { text: 'again' }, headers: { 'if-match': match } });
    expect((await put(tag.replace(/\..*"$/, '.otherhash"'))).status).to.equal(200);
    expect((await put('*')).status).to.equal(200);
    expect((await put(`W/"2.x"`)).status).to.equal(412);
    for (const malformed of ['2', '"two"', '"2.x', '"1.a", "2.b"']) {
      const answer = await put(malformed);
      expect(answer.status).to.equal(400);
      expect(answer.json.errors[0].pointer).to.equal('/header/If-Match');
    }
  });
});
