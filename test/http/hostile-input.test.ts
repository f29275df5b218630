import { expect } from 'chai';
import { routes } from '../../src/http/routes.ts';
import { login, register, startProgram, type RunningProgram } from '../flows/program.ts';
import { hostileRequests, type Expected } from './hostile-requests.ts';
import { agent, exchange, send } from './raw-client.ts';

const someId = '0192f3a4-1111-7111-8111-111111111111';

describe('Hostile input', function () {
  this.timeout(120_000);
  let running: RunningProgram;
  let port: number;
  let token: string;
  const existing: Record<string, string> = {};
  before(async () => {
    running = await startProgram();
    port = Number(new URL(running.url).port);
    const person = await register(running);
    token = (await login(running, person)).access;
    existing['user_id'] = person.id;
    const made = async (line: string, body: unknown) => {
      const answer = await running.call(line, { token, body });
      return answer.json.id as string;
    };
    existing['post_id'] = await made('POST /posts', { content: 'A post to break.' });
    existing['comment_id'] = await made(`POST /posts/${existing['post_id']}/comments`, {
      content: 'And a comment.',
    });
    const sessions = await running.call('GET /auth/sessions', { token });
    existing['session_id'] = sessions.json.items[0].id;
  });
  after(async () => {
    agent.destroy();
    await running.stop();
  });

  const head = () => running.program.services.log.head();

  /** What is wrong about the answer to a request that should have been refused. */
  const judge = async (
    method: string,
    { path, headers, body, statuses }: Expected,
  ): Promise<string | undefined> => {
    const answer = await send(
      port,
      method,
      path,
      {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body,
    );
    if (!statuses.includes(answer.status)) return `answered ${answer.status} ${answer.text.slice(0, 200)}`;
    if (!String(answer.headers['content-type']).startsWith('application/problem+json'))
      return 'no problem document';
    const problem = JSON.parse(answer.text);
    if (problem.status !== answer.status || !problem.type.startsWith('/problems/'))
      return `odd: ${answer.text}`;
    return answer.millis > 1000 ? `took ${Math.round(answer.millis)} ms` : undefined;
  };

  for (const route of routes)
    it(`is refused by ${route.method} ${route.path} (${route.name}) and changes nothing`, async () => {
      const before = await head();
      const wrong: string[] = [];
      for (const hostile of hostileRequests(route, existing)) {
        const fault = await judge(route.method, hostile);
        if (fault !== undefined) wrong.push(`${hostile.what}: ${fault}`);
      }
      expect(wrong).to.deep.equal([]);
      expect(await head()).to.equal(before);
    });

  const withBody = (line: string, ...headers: string[]) =>
    [
      line,
      'Host: x',
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      ...headers,
      '',
      '',
    ].join('\r\n');
  const post = 'POST /posts HTTP/1.1';
  const raw: readonly (readonly [string, () => string | Buffer, number[]])[] = [
    ['a method nobody knows', () => 'BREW /posts HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
    ['no HTTP at all', () => '\u0016\u0003\u0001\u0002', [400]],
    ['a version nobody knows', () => 'GET / HTTP/9.9\r\nHost: x\r\n\r\n', [400]],
    ['no Host', () => 'GET /posts HTTP/1.1\r\n\r\n', [400]],
    ['a blank in the address', () => 'GET /po sts HTTP/1.1\r\nHost: x\r\n\r\n', [400]],
    ['a header without a colon', () => 'GET /posts HTTP/1.1\r\nHost: x\r\nnonsense\r\n\r\n', [400]],
    ['NUL in a header', () => 'GET /posts HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n', [400]],
    ['a folded header', () => 'GET /posts HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b: c\r\nnonsense\r\n\r\n', [400]],
    [
      'headers of 100 KB',
      () => `GET /posts HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`,
      [431],
    ],
    ['an address of 100 KB', () => `GET /posts/${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, [431]],
    ['two lengths', () => `${withBody(post, 'Content-Length: 2', 'Content-Length: 3')}{}}`, [400]],
    [
      'a length and chunks',
      () => `${withBody(post, 'Content-Length: 2', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
      [400],
    ],
    ['a negative length', () => `${withBody(post, 'Content-Length: -1')}{}`, [400]],
    [
      'a chunk without a length',
      () => `${withBody(post, 'Transfer-Encoding: chunked')}zz\r\n{}\r\n0\r\n\r\n`,
      [400],
    ],
    [
      'a chunk that is longer than it says',
      () => `${withBody(post, 'Transfer-Encoding: chunked')}1\r\n{}{}{}\r\n0\r\n\r\n`,
      [400],
    ],
    ['a transfer encoding nobody knows', () => `${withBody(post, 'Transfer-Encoding: gzip')}xx`, [400]],
    [
      'an expectation nobody knows',
      () => `${withBody(post, 'Expect: miracles', 'Content-Length: 2')}{}`,
      [417],
    ],
    ['a tunnel', () => 'CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n', [405]],
    [
      'dots in the address',
      () => `GET /posts/../../etc/passwd HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      [404],
    ],
    [
      'back-slashes in the address',
      () => `GET /posts/..\\..\\x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      [400, 404],
    ],
    [
      'two slashes before a host',
      () => `GET //example.org/posts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      [404],
    ],
    [
      'the address of another server',
      () => `GET http://example.org/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      [404],
    ],
    [
      'an address without a slash',
      () => `GET posts HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      [400, 404],
    ],
    [
      'an id with a broken encoding',
      () => `GET /posts/%E0%A4%A HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      [400],
    ],
    [
      'an id with NUL behind it',
      () => `GET /posts/${someId}%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
      [400],
    ],
  ];

  for (const [what, bytes, statuses] of raw)
    it(`is refused when it is ${what}, and the connection is closed`, async () => {
      const before = await head();
      const { text, millis } = await exchange(port, bytes());
      expect(Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]), text).to.be.oneOf(statuses);
      expect(text.toLowerCase()).to.include('content-type: application/problem+json');
      expect(text).to.match(/"type":"\/problems\/[a-z-]+"/);
      expect(millis).to.be.below(1000);
      expect(await head()).to.equal(before);
    });

  it('leaves the server as it was: a good request is answered', async () => {
    const before = await head();
    const answer = await running.call('POST /posts', {
      token,
      body: { title: 'Still here', content: 'Yes.' },
    });
    expect(answer.status).to.equal(201);
    expect(await head()).not.to.equal(before);
  });
});
