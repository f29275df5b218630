import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { login, register, startProgram, tokensOf, type RunningProgram } from './program.ts';

describe('A restart', () => {
  let running: RunningProgram;

  beforeEach(async () => {
    running = await startProgram();
  });
  afterEach(() => running.stop());

  it('keeps people signed in, and those signed out stay so', async () => {
    const anna = await register(running);
    const boris = await register(running);
    const annas = await login(running, anna);
    const boriss = await login(running, boris);
    await running.call('POST /auth/logout', { token: boriss.access });
    running = await running.restart();
    expect((await running.call('GET /auth/me', { token: annas.access })).status).to.equal(200);
    const refused = await running.call('GET /auth/me', { token: boriss.access });
    expect(refused.json.type).to.equal('/problems/session-revoked');
    const refreshed = await running.call('POST /auth/refresh', { body: { refresh_token: annas.refresh } });
    expect(refreshed.status).to.equal(200);
  });

  it('without the store of sessions signs everybody out and lets no dead token in', async () => {
    const anna = await register(running);
    const superseded = await login(running, anna);
    const spent = await login(running, anna);
    const live = tokensOf(
      await running.call('POST /auth/refresh', { body: { refresh_token: spent.refresh } }),
    );
    await running.pause();
    const data = join(running.dataDir, 'data');
    const lost = (await readdir(data)).filter((name) => name.startsWith('ephemeral'));
    expect(lost, 'files of the ephemeral store').to.not.be.empty;
    for (const name of lost) await rm(join(data, name), { recursive: true });
    const { dataDir, clock } = running;
    running = await startProgram({ dataDir, clock });

    const attempts = async () => {
      for (const { access, refresh } of [superseded, spent, live]) {
        expect((await running.call('GET /auth/me', { token: access })).json.type).to.equal(
          '/problems/session-revoked',
        );
        const again = await running.call('POST /auth/refresh', { body: { refresh_token: refresh } });
        expect(again.json.type).to.equal('/problems/session-revoked');
      }
    };
    await attempts();
    const fresh = await login(running, anna);
    await attempts();
    expect((await running.call('GET /auth/me', { token: fresh.access })).status).to.equal(200);
  });

  it('keeps when somebody was last seen', async () => {
    const anna = await register(running);
    const { access } = await login(running, anna);
    const before = await running.call('GET /auth/me', { token: access });
    expect(before.json.is_online).to.equal(true);
    running = await running.restart();
    const after = await running.call(`GET /users/${anna.id}`);
    expect(after.json).to.include({ last_seen: before.json.last_seen, is_online: true });
    running.clock.advance(301_000);
    expect((await running.call(`GET /users/${anna.id}`)).json.is_online).to.equal(false);
  });
});
