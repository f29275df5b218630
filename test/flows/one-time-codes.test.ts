import { expect } from 'chai';
import {
  eventually,
  login,
  register,
  startProgram,
  tokensOf,
  type Person,
  type RunningProgram,
} from './program.ts';

describe('One-time codes', () => {
  let running: RunningProgram;
  let anna: Person;

  beforeEach(async () => {
    running = await startProgram();
    anna = await register(running, 'Anna');
  });
  afterEach(() => running.stop());

  const ask = (loginName: string, headers: Record<string, string> = {}) =>
    running.call('POST /auth/code', { body: { login: loginName }, headers });

  /** Codes mailed so far. */
  const mailed = async (): Promise<string[]> =>
    (await running.mails()).map((mail) => /one-time code: (\S{4})$/m.exec(mail)?.[1] ?? mail);

  const codeFor = async (loginName: string): Promise<string> => {
    const before = await mailed();
    expect((await ask(loginName)).status).to.equal(202);
    return eventually(async () => (await mailed()).find((code) => !before.includes(code)));
  };

  const verify = (loginName: string, code: string, headers: Record<string, string> = {}) =>
    running.call('POST /auth/code/verify', { body: { login: loginName, code }, headers });

  const wrongFor = (code: string) => (code.startsWith('0') ? `1${code.slice(1)}` : `0${code.slice(1)}`);

  it('a code sent by mail signs in, in any case of letters, and proves the e-mail', async () => {
    const code = await codeFor(anna.email.toUpperCase());
    expect(code).to.match(/^[0-9A-HJKMNP-TV-Z]{4}$/);
    const { access } = tokensOf(await verify(anna.email, code.toLowerCase()));
    const me = await running.call('GET /auth/me', { token: access });
    expect(me.json).to.include({ username: 'Anna', email_verified: true });
  });

  it('the mail is in the language that was asked for, and goes to the account’s address', async () => {
    await ask('anna', { 'accept-language': 'ru' });
    const [mail] = await eventually(async () => {
      const mails = await running.mails();
      return mails.length === 1 ? mails : undefined;
    });
    expect(mail)
      .to.match(/^To: .*anna@example\.org/im)
      .and.match(/Ваш одноразовый код: \S{4}/);
    expect(mail).to.match(/^Message-ID: <code-/im);
  });

  it('a code works once', async () => {
    const code = await codeFor(anna.email);
    expect((await verify(anna.email, code)).status).to.equal(200);
    expect((await verify(anna.email, code)).json).to.include({ type: '/problems/code-wrong' });
  });

  it('a repeat under the same idempotency key gets the same pair', async () => {
    const code = await codeFor(anna.email);
    const headers = { 'idempotency-key': 'again' };
    const first = tokensOf(await verify(anna.email, code, headers));
    expect(tokensOf(await verify(anna.email, code, headers))).to.deep.equal(first);
  });

  it('an expired code is as good as none', async () => {
    const code = await codeFor(anna.email);
    running.clock.advance(301_000);
    const answer = await verify(anna.email, code);
    expect(answer.status).to.equal(401);
    expect(answer.json).to.include({ type: '/problems/code-wrong', attempts_left: 0 });
  });

  it('the newest code is the one that counts', async () => {
    const old = await codeFor(anna.email);
    const fresh = await codeFor(anna.email);
    expect((await verify(anna.email, old)).status).to.equal(401);
    expect((await verify(anna.email, fresh)).status).to.equal(200);
  });

  it('says how many attempts are left, and after three the code is dead', async () => {
    const code = await codeFor(anna.email);
    for (const left of [2, 1, 0]) {
      const answer = await verify(anna.email, wrongFor(code));
      expect(answer.status).to.equal(401);
      expect(answer.json.attempts_left).to.equal(left);
    }
    expect((await verify(anna.email, code)).json.attempts_left).to.equal(0);
  });

  it('of 50 guesses at once at most three are looked at', async () => {
    const code = await codeFor(anna.email);
    const guesses = Array.from({ length: 50 }, () => verify(anna.email, wrongFor(code)));
    const lefts = (await Promise.all(guesses)).map(({ json }) => json.attempts_left as number);
    expect(lefts.filter((left) => left === 2)).to.have.length(1);
    expect(lefts.filter((left) => left === 1)).to.have.length(1);
    expect(lefts.filter((left) => left === 0)).to.have.length(48);
    expect((await verify(anna.email, code)).status).to.equal(401);
  });

  it('of 50 right ones at once one signs in', async () => {
    const code = await codeFor(anna.email);
    const answers = await Promise.all(Array.from({ length: 50 }, () => verify(anna.email, code)));
    expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
  });

  it('attempts survive a restart', async () => {
    const code = await codeFor(anna.email);
    await verify(anna.email, wrongFor(code));
    await verify(anna.email, wrongFor(code));
    running = await running.restart();
    expect((await verify(anna.email, wrongFor(code))).json.attempts_left).to.equal(0);
    expect((await verify(anna.email, code)).status).to.equal(401);
  });

  it('a code that went to an address is void once the account has another one', async () => {
    const code = await codeFor(anna.email);
    const { access } = await login(running, anna);
    const body = { email: 'moved@example.org', password: anna.password };
    expect((await running.call('PATCH /auth/me', { token: access, body })).status).to.equal(200);
    expect((await verify(anna.username, code)).json.type).to.equal('/problems/code-wrong');
    expect((await verify(anna.email, code)).json.type).to.equal('/problems/code-wrong');
  });

  it('nobody’s login behaves like anybody’s', async () => {
    for (const unknown of ['nobody@example.org', 'nobody']) {
      const asked = await ask(unknown);
      expect({ status: asked.status, text: asked.text }).to.deep.equal({ status: 202, text: '' });
      for (const left of [2, 1, 0, 0])
        expect((await verify(unknown, 'AB12')).json.attempts_left).to.equal(left);
    }
    expect(await mailed()).to.deep.equal([]);
  });

  it('an account without an e-mail gets no mail and the same answers', async () => {
    const body = { login: 'mailless', password: 'quite a long password' };
    await running.call('POST /user/register', { body });
    expect((await ask('mailless')).status).to.equal(202);
    expect((await verify('mailless', 'AB12')).json.attempts_left).to.equal(2);
    expect(await mailed()).to.deep.equal([]);
  });

  it('at most ten codes a day are sent', async () => {
    for (let asked = 0; asked < 12; asked += 1) expect((await ask(anna.email)).status).to.equal(202);
    await running.program.services.codes.close();
    expect(await mailed()).to.have.length(10);
    running.clock.advance(86_400_000);
    await codeFor(anna.email);
  });

  it('thirty failures lock codes for the day, and the password still works', async () => {
    for (let made = 0; made < 10; made += 1) {
      const code = await codeFor(anna.email);
      for (let tried = 0; tried < 3; tried += 1) await verify(anna.email, wrongFor(code));
    }
    running.clock.advance(43_200_000);
    expect((await ask(anna.email)).status).to.equal(202);
    await running.program.services.codes.close();
    expect(await mailed()).to.have.length(10);
    expect((await login(running, anna)).access).to.be.a('string');
  });

  it('whatever four characters come are an attempt, anything else is 422', async () => {
    await codeFor(anna.email);
    expect((await verify(anna.email, 'ы№!?')).json.attempts_left).to.equal(2);
    expect((await verify(anna.email, 'ABC')).status).to.equal(422);
    expect((await verify(anna.email, 'ABCDE')).status).to.equal(422);
  });

  it('a forgotten password is replaced by a code, which ends every session', async () => {
    const { access } = await login(running, anna);
    const code = await codeFor(anna.username);
    const body = { login: anna.email, code, new_password: 'something quite new' };
    expect((await running.call('POST /auth/password', { body })).status).to.equal(204);
    expect((await running.call('GET /auth/me', { token: access })).json.type).to.equal(
      '/problems/session-revoked',
    );
    const old = await running.call('POST /auth/login', {
      body: { login: anna.email, password: anna.password },
    });
    expect(old.json.type).to.equal('/problems/credentials-wrong');
    await login(running, { ...anna, password: 'something quite new' });
  });
});
