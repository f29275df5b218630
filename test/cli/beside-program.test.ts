import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import type { DemoMade } from '../../src/control/demo/demo.ts';
import type { EventView } from '../../src/control/event-view.ts';
import {
  makePlace,
  removePlace,
  startProgram,
  startStoryline,
  storyline,
  type RunningProgram,
} from './running-program.ts';

describe('The command line, beside the running program', function () {
  this.timeout(60_000);
  let place: string;
  let program: RunningProgram;

  before(async () => {
    place = await makePlace();
    program = await startProgram(place, { RATE_LIMITS: 'off' });
  });
  after(async () => {
    await program.stop();
    await removePlace(place);
  });

  const ask = (...args: readonly string[]) => storyline(...args, '--data-dir', place);

  const post = async (
    path: string,
    body: unknown,
    token?: string,
  ): Promise<{ status: number; body: never }> => {
    const answer = await fetch(`${program.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    return { status: answer.status, body: (await answer.json()) as never };
  };

  it('makes a demonstration whose people can log in and whose posts are served', async () => {
    const { out, code } = await ask('demo', '--posts', '30', '--comments', '40', '--json');
    expect(code).to.equal(0);
    const made = JSON.parse(out) as DemoMade;
    const loggedIn = await post('/auth/login', made.log_ins[0]);
    expect(loggedIn.status).to.equal(200);
    const posts = (await (await fetch(`${program.url}/posts?limit=100`)).json()) as { items: unknown[] };
    expect(posts.items).to.have.length(30);
    const top = (await (await fetch(`${program.url}/posts/top`)).json()) as {
      items: { likes_count: number }[];
    };
    expect(top.items[0]?.likes_count).to.be.greaterThan(0);
  });

  it('follows what people do while they do it, until Ctrl-C', async () => {
    const { child, said } = startStoryline('events', 'tail', '-f', '-n', '1', '--json', '--data-dir', place);
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const next = async () => JSON.parse(((await lines.next()) as { value: string }).value) as EventView;
    await next();
    const { body } = await post('/auth/login', { login: 'bruno', password: 'storyline-demo' });
    expect(await next()).to.include({ type: 'SignedIn' });
    const { access_token: token } = body as { access_token: string };
    expect((await post('/posts', { content: 'Hello from a test' }, token)).status).to.equal(201);
    expect((await next()).type).to.equal('PostCreated');
    child.kill('SIGINT');
    expect((await said).code).to.equal(0);
  });

  it('rebuilds read models while the program serves them, and both agree', async () => {
    const rebuilding = ask('projections', 'rebuild', '--all');
    let served = 0;
    let done = false;
    void rebuilding.finally(() => (done = true));
    while (!done) {
      const { items } = (await (await fetch(`${program.url}/posts?limit=100`)).json()) as {
        items: unknown[];
      };
      expect(items).to.have.length(31);
      served += 1;
    }
    const { code, err } = await rebuilding;
    expect(code, err).to.equal(0);
    expect(served).to.be.greaterThan(1);
    expect((await ask('projections', 'verify')).code).to.equal(0);
  });

  it('lists accounts, shuts one so that its tokens are worth nothing at once, and opens it again', async () => {
    const loggedIn = await post('/auth/login', { login: 'chiara', password: 'storyline-demo' });
    const { access_token: token } = loggedIn.body as { access_token: string };
    expect((await post('/posts', { content: 'Still here' }, token)).status).to.equal(201);
    const shut = await ask('users', 'disable', 'Chiara@example.org');
    expect(shut.out).to.equal('Chiara@example.org: disabled\n');
    expect((await post('/posts', { content: 'Not any more' }, token)).status).to.equal(401);
    expect((await post('/auth/login', { login: 'chiara', password: 'storyline-demo' })).status).to.equal(403);
    expect((await ask('users', 'list', 'chi')).out).to.match(/^chiara +disabled +\d+ /m);
    expect((await ask('users', 'disable', 'chiara', '--json')).out).to.include('"changed":false');
    await ask('users', 'enable', 'chiara');
    expect((await post('/auth/login', { login: 'chiara', password: 'storyline-demo' })).status).to.equal(200);
    expect((await ask('users', 'enable', 'nobody-at-all')).code).to.equal(4);
  });

  it('checks the installation without stopping it', async () => {
    const { code, out } = await ask('doctor');
    expect(code, out).to.equal(0);
    expect(out).to.match(/^ok +program +runs and answers/m);
    expect(out).to.match(/^ok +event log +\d+ events/m);
  });

  it('ends with a message when the program stops first', async () => {
    const { child, said } = startStoryline('events', 'tail', '--follow', '--json', '--data-dir', place);
    await once(child.stdout!, 'data');
    await program.stop();
    const { code, err } = await said;
    expect(code).to.equal(1);
    expect(err).to.include('stopping');
    program = await startProgram(place);
  });
});
