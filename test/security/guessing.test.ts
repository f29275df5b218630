import { expect } from 'chai';
import { login, register, startProgram, type Person, type RunningProgram } from '../flows/program.ts';

describe('Guessing a password', () => {
  let running: RunningProgram;
  let anna: Person;

  before(async () => {
    running = await startProgram({ environment: { RATE_LIMITS: 'on' } });
    anna = await register(running, 'guessed');
  });
  after(() => running.stop());

  const guess = (name: string, password = 'a wrong password') =>
    running.call('POST /auth/login', { body: { login: name, password } });

  it('ends after ten tries in five minutes, for the right password too, and says when to come back', async () => {
    for (let tried = 0; tried < 10; tried += 1) expect((await guess(anna.username)).status).to.equal(401);
    const refused = await guess(anna.username.toUpperCase(), anna.password);
    expect(refused.status).to.equal(429);
    expect(Number(refused.headers.get('retry-after'))).to.be.within(1, 300);
    running.clock.advance(301_000);
    expect((await guess(anna.username, anna.password)).status).to.equal(200);
  });

  it('is counted per account, whether by its username, its e-mail or beside a token', async () => {
    running.clock.advance(301_000);
    const ben = await register(running, 'one-account');
    const token = (await login(running, ben)).access;
    running.clock.advance(301_000);
    const body = { old_password: 'a wrong password', new_password: 'a new one, not used' };
    for (let tried = 0; tried < 4; tried += 1) {
      expect((await guess(ben.username)).status).to.equal(401);
      expect((await guess(ben.email)).status).to.equal(401);
    }
    for (let tried = 0; tried < 2; tried += 1)
      expect((await running.call('POST /auth/password', { token, body })).status).to.equal(401);
    expect((await guess(ben.username, ben.password)).status).to.equal(429);
    expect((await guess(ben.email, ben.password)).status).to.equal(429);
    expect((await running.call('POST /auth/password', { token, body })).status).to.equal(429);
    expect((await running.call('POST /auth/code', { body: { login: ben.email } })).status).to.equal(429);
  });

  it('ends as early for a login that nobody has', async () => {
    for (let tried = 0; tried < 10; tried += 1) expect((await guess('nobody')).status).to.equal(401);
    expect((await guess('nobody')).status).to.equal(429);
  });

  it('by asking for codes has the same limit', async () => {
    running.clock.advance(301_000);
    const ask = () => running.call('POST /auth/code', { body: { login: anna.email } });
    for (let asked = 0; asked < 10; asked += 1) expect((await ask()).status).to.equal(202);
    expect((await ask()).status).to.equal(429);
  });

  it('from one address ends after a hundred log-ins a minute', async () => {
    running.clock.advance(301_000);
    const statuses: number[] = [];
    for (let tried = 0; tried < 101; tried += 1) statuses.push((await guess(`somebody-${tried}`)).status);
    expect(statuses.filter((status) => status === 401)).to.have.length(100);
    expect(statuses.at(-1)).to.equal(429);
  });
});

describe('More log-ins than can be hashed', () => {
  let running: RunningProgram;

  before(async () => {
    running = await startProgram({ hashing: { logN: 12, concurrency: 1, queueLimit: 2 } });
  });
  after(() => running.stop());

  it('are sent away with the time to come back, and the others are served', async () => {
    const body = { login: 'nobody', password: 'a wrong password' };
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => running.call('POST /auth/login', { body })),
    );
    const served = answers.filter(({ status }) => status === 401);
    const away = answers.filter(({ status }) => status === 503);
    expect(served.length).to.be.at.least(1);
    expect(away.length)
      .to.equal(30 - served.length)
      .and.at.least(20);
    for (const answer of away) {
      expect(answer.json.type).to.equal('/problems/passwords-busy');
      expect(Number(answer.headers.get('retry-after'))).to.be.at.least(1);
    }
    expect((await running.call('POST /auth/login', { body })).status).to.equal(401);
  });
});
