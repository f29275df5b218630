import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { pino } from 'pino';
import { readConfig } from '../../src/config.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { openEngines } from '../../src/open-engines.ts';
import { eventually } from '../flows/program.ts';
import { startProcess, type ProgramProcess } from './program-process.ts';
import { between, seeded } from './seeded.ts';

const cycles = Number(process.env['PROGRAM_KILLS'] ?? 6);
const writers = 8;

interface Session {
  readonly token: string;
  readonly postId: string;
}

const post = async (url: string, token: string | undefined, body: unknown): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });

const begin = async (url: string): Promise<Session> => {
  const account = { login: 'writer', password: 'the password of a writer' };
  await post(`${url}/user/register`, undefined, account);
  const { access_token: token } = (await (await post(`${url}/user/auth`, undefined, account)).json()) as {
    access_token: string;
  };
  const { id } = (await (await post(`${url}/posts`, token, { content: 'under load' })).json()) as {
    id: string;
  };
  return { token, postId: id };
};

describe('the program, killed under load', function () {
  this.timeout(120_000);
  let directory: string;
  let program: ProgramProcess;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storyline-'));
    program = await startProcess(directory);
  });
  afterEach(async () => {
    if (program.child.exitCode === null && program.child.signalCode === null) await program.end('SIGKILL');
    await rm(directory, { recursive: true, force: true });
  });

  /** Writes until it is stopped or the program is gone; adds each comment that was acknowledged. */
  const write = async (
    url: string,
    { token, postId }: Session,
    acknowledged: Set<string>,
    until: AbortSignal,
  ) => {
    while (!until.aborted) {
      const answer = await post(`${url}/posts/${postId}/comments`, token, { content: 'a remark' }).catch(
        () => undefined,
      );
      if (answer === undefined) return;
      const body = (await answer.json().catch(() => undefined)) as { id: string } | undefined;
      if (answer.status === 201 && body !== undefined) acknowledged.add(body.id);
    }
  };

  const commentsOf = async (url: string, { postId }: Session): Promise<readonly string[]> => {
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const more: string = cursor === null ? '' : `&cursor=${cursor}`;
      const page = (await (
        await fetch(`${url}/posts/${postId}/comments?view=flat&limit=100${more}`)
      ).json()) as {
        items: { id: string }[];
        next_cursor: string | null;
      };
      ids.push(...page.items.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor !== null);
    return ids;
  };

  it('loses nothing that it acknowledged, counts nothing twice, and its read models equal a rebuild', async () => {
    const random = seeded(7);
    const acknowledged = new Set<string>();
    const session = await begin(program.url);
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      const enough = acknowledged.size + between(random, 20, 170);
      const stop = new AbortController();
      const { url } = program;
      const working = Array.from({ length: writers }, () => write(url, session, acknowledged, stop.signal));
      await eventually(async () => (acknowledged.size < enough ? undefined : true), 30_000);
      await program.end('SIGKILL');
      stop.abort();
      await Promise.all(working);
      program = await startProcess(directory);
    }
    const found = await commentsOf(program.url, session);
    expect(new Set(found).size, 'no comment twice').to.equal(found.length);
    expect(
      [...acknowledged].filter((id) => !found.includes(id)),
      'lost',
    ).to.deep.equal([]);
    const counted = (await (await fetch(`${program.url}/posts/${session.postId}`)).json()) as {
      comments_count: number;
    };
    expect(counted.comments_count).to.equal(found.length);

    expect((await program.end('SIGTERM')).code).to.equal(0);
    const lines = (await readFile(join(directory, 'app.log'), 'utf8')).trimEnd().split('\n');
    const logged = lines
      .map((line) => JSON.parse(line) as { entity: string; id: string })
      .filter(({ entity }) => entity === 'comment');
    expect(logged.map(({ id }) => id).sort(), 'one line an event').to.deep.equal([...found].sort());

    const config = readConfig({ DATA_DIR: join(directory, 'data') });
    const engines = await openEngines(config, {
      clock: systemClock,
      chance: systemChance,
      logger: pino({ level: 'silent' }),
    });
    try {
      await engines.supervisor.caughtUp();
      for (const { name } of engines.projections) {
        const comparison = await engines.supervisor.verify(name);
        expect(comparison, name).to.include({ equal: true });
      }
    } finally {
      await engines.close();
    }
  });

  it('finishes what it has accepted when it is asked to stop, and exits with 0 within 10 s', async () => {
    const acknowledged = new Set<string>();
    const session = await begin(program.url);
    for (let cycle = 0; cycle < 3; cycle += 1) {
      const stop = new AbortController();
      const { url } = program;
      const enough = acknowledged.size + 60;
      const working = Array.from({ length: writers }, () => write(url, session, acknowledged, stop.signal));
      await eventually(async () => (acknowledged.size < enough ? undefined : true), 30_000);
      const { code, took } = await program.end('SIGTERM');
      stop.abort();
      await Promise.all(working);
      expect(code, program.output()).to.equal(0);
      expect(took).to.be.below(10_000);
      program = await startProcess(directory);
    }
    const found = new Set(await commentsOf(program.url, session));
    expect(
      [...acknowledged].filter((id) => !found.has(id)),
      'lost',
    ).to.deep.equal([]);
    expect(found.size, 'every accepted request was answered').to.equal(acknowledged.size);
  });
});
