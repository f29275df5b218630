import { expect } from 'chai';
import { call, logId, startTestApplication, type TestApplication } from './test-application.ts';

describe('Reading your own writes', () => {
  let app: TestApplication;
  let waits: unknown[];
  let shown: 'shown' | 'pending';
  beforeEach(async () => {
    waits = [];
    shown = 'shown';
    app = await startTestApplication({
      services: {
        consistency: {
          waitFor: async (events, timeout) => {
            waits.push({ events: events.map(({ event }) => event.type), timeout });
            return shown;
          },
          waitForPosition: async (position, timeout) => {
            waits.push({ position, timeout });
            return shown;
          },
        },
      },
    });
  });
  afterEach(() => app.stop());

  const write = (headers = {}) => call(app, 'POST /notes', { as: 'alice', body: { text: 'hi' }, headers });

  it('waits for what a command appended, and tells its position', async () => {
    const answer = await write();
    expect(answer.headers.get('storyline-position')).to.equal(`${logId}.1`);
    expect(answer.headers.get('storyline-consistency')).to.equal(null);
    expect(waits).to.deep.equal([{ events: ['NoteWritten'], timeout: 200 }]);
  });

  it('answers all the same when the read models are late, and says so', async () => {
    shown = 'pending';
    const answer = await write();
    expect(answer.status).to.equal(201);
    expect(answer.headers.get('storyline-consistency')).to.equal('pending');
  });

  it('does not wait for who prefers not to', async () => {
    const answer = await write({ prefer: 'return=minimal, respond-async' });
    expect(answer.status).to.equal(201);
    expect(answer.headers.get('preference-applied')).to.equal('respond-async');
    expect(answer.headers.get('storyline-position')).to.equal(`${logId}.1`);
    expect(waits).to.deep.equal([]);
  });

  it('lets a query wait for a position', async () => {
    const { json } = await write();
    waits.length = 0;
    const read = (position: string) =>
      call(app, `GET /notes/${json.id}`, { headers: { 'storyline-min-position': position } });
    expect((await read(`${logId}.1`)).headers.get('storyline-consistency')).to.equal(null);
    expect(waits).to.deep.equal([{ position: 1n, timeout: 200 }]);
    shown = 'pending';
    const late = await read(`${logId}.99999999999999999`);
    expect(late.status).to.equal(200);
    expect(late.headers.get('storyline-consistency')).to.equal('pending');
    expect((await read('1')).status).to.equal(400);
    const foreign = await read('0192f3a4-0000-7000-8000-000000000002.1');
    expect(foreign.status).to.equal(410);
  });
});
