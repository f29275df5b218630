import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { startProcess, type ProgramProcess } from './program-process.ts';

describe('the program, started where it cannot run', function () {
  this.timeout(60_000);
  let directory: string;
  const running: ProgramProcess[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storyline-'));
  });
  afterEach(async () => {
    for (const program of running.splice(0)) await program.end('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  const start = async (environment: Readonly<Record<string, string>> = {}): Promise<ProgramProcess> => {
    const program = await startProcess(directory, environment);
    running.push(program);
    return program;
  };

  /** What it printed, without the line that the test's own error begins with. */
  const refusal = async (environment: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const error = await start(environment).then(
      () => expect.fail('It started.'),
      (reason: unknown) => reason as Error,
    );
    expect(error.message).to.match(/^It ended with 1 /);
    return error.message.trimEnd().split('\n').slice(1);
  };

  it('says in one line that the port is taken, and leaves the data directory fit to start again', async () => {
    const port = new URL((await start()).url).port;
    const elsewhere = { DATA_DIR: join(directory, 'other'), APP_LOG: join(directory, 'other.log') };
    expect(await refusal({ ...elsewhere, PORT: port })).to.deep.equal([
      `HOST is "127.0.0.1" and PORT is "${port}", but nothing can listen there: another program does already; stop it, or set PORT to another.`,
    ]);
    expect((await fetch(`${(await start(elsewhere)).url}/health`)).status).to.equal(200);
  });

  const servers: readonly [string, string][] = [
    ['EVENTSTORE_URL', 'esdb://127.0.0.1:1?tls=false'],
    ['MONGODB_URL', 'mongodb://127.0.0.1:1/storyline'],
    ['REDIS_URL', 'redis://127.0.0.1:1'],
  ];
  for (const [variable, url] of servers) {
    it(`says at last which server does not answer: ${variable}`, async () => {
      const lines = await refusal({ [variable]: url });
      expect(lines.at(-1)).to.match(/^\w+: .+\. Is the server running, and is the URL right\?$/);
      expect(lines.at(-1)).to.include(variable);
    });
  }

  it('says in one line that there is no such host', async () => {
    const lines = await refusal({ HOST: '256.1.1.1' });
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/^HOST is "256\.1\.1\.1" and PORT is "0", but nothing can listen there: /);
  });

  it('says in one line that the data directory or the app log cannot be written', async () => {
    const noDirectory = await refusal({ DATA_DIR: '/dev/null/data' });
    expect(noDirectory).to.have.length(1);
    expect(noDirectory[0]).to.match(
      /^DATA_DIR is "\/dev\/null\/data", but must be a directory that can be written to: /,
    );
    const path = join(directory, 'missing', 'app.log');
    const noAppLog = await refusal({ APP_LOG: path });
    expect(noAppLog).to.have.length(1);
    expect(noAppLog[0]).to.include(`APP_LOG is "${path}", but must be a file that can be written to: ENOENT`);
  });
});
