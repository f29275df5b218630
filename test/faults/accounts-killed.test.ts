import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startProcess, type ProgramProcess } from './program-process.ts';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, string | number>>;
}

const post = async (url: string, body: unknown): Promise<Answer> => {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? {} : JSON.parse(text)) as Answer['body'] };
};

describe('Accounts of a program that is killed', function () {
  this.timeout(120_000);
  let directory: string;
  let program: ProgramProcess;
  const account = { login: 'killed@example.org', password: 'the password of the killed' };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storyline-'));
    program = await startProcess(directory);
    expect((await post(`${program.url}/user/register`, account)).status).to.equal(201);
  });
  after(async () => {
    await program.end('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  const kill = async () => {
    await program.end('SIGKILL');
    program = await startProcess(directory);
  };
  const refresh = (token: unknown) => post(`${program.url}/auth/refresh`, { refresh_token: token });

  it('spend each refresh token once, whatever the program died of just after', async () => {
    let { body } = await post(`${program.url}/user/auth`, account);
    for (let cycle = 0; cycle < 2; cycle += 1) {
      const spent = body['refresh_token'];
      const fresh = await refresh(spent);
      expect(fresh.status).to.equal(200);
      await kill();
      const again = await refresh(spent);
      expect(again.status).to.equal(401);
      if (again.body['type'] === '/problems/session-revoked')
        ({ body } = await post(`${program.url}/user/auth`, account));
      else body = (await refresh(fresh.body['refresh_token'])).body;
      expect(body['access_token']).to.be.a('string');
    }
  });

  it('count every attempt at a code', async () => {
    expect((await post(`${program.url}/auth/code`, { login: account.login })).status).to.equal(202);
    const verify = (code: string) => post(`${program.url}/auth/code/verify`, { login: account.login, code });
    for (const left of [2, 1, 0]) {
      expect((await verify('????')).body['attempts_left']).to.equal(left);
      if (left > 0) await kill();
    }
    const outbox = join(directory, 'data', 'outbox');
    const [mail] = await readdir(outbox);
    const code = /^Subject: (\S{4}) /m.exec(await readFile(join(outbox, mail!), 'utf8'))![1]!;
    expect((await verify(code)).status).to.equal(401);
  });
});
