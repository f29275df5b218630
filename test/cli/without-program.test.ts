import { existsSync } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { holdDataDirectory } from '../../src/adapters/embedded/data-directory.ts';
import type { EventView } from '../../src/control/event-view.ts';
import type { EventStats } from '../../src/control/events-stats.ts';
import { makePlace, removePlace, storyline } from './running-program.ts';

describe('The command line, when no program runs', function () {
  this.timeout(60_000);
  let place: string;

  before(async () => {
    place = await makePlace();
    const { code, err } = await storyline('demo', '--posts', '20', '--comments', '60', '--data-dir', place);
    expect(err).to.include('telling a story: ');
    expect(code).to.equal(0);
  });
  after(async () => removePlace(place));

  const ask = (...args: readonly string[]) => storyline(...args, '--data-dir', place);

  it('makes the same demonstration twice without doubling anything', async () => {
    const before = JSON.parse((await ask('events', 'stats', '--json')).out) as EventStats;
    const { out, code } = await ask('demo', '--posts', '20', '--comments', '60', '--json');
    const after = JSON.parse((await ask('events', 'stats', '--json')).out) as EventStats;
    expect(code).to.equal(0);
    expect(JSON.parse(out)).to.deep.include({ users: 30, posts: 20, comments: 60 });
    expect(after).to.deep.equal(before);
    expect(before.types.find(({ type }) => type === 'CommentCreated')?.count).to.equal(60);
  });

  it('shows events as lines for people and as JSON for scripts, personal fields shut', async () => {
    const people = await ask('events', 'tail', '-n', '3', '--stream', 'post-');
    expect(people.out.trim().split('\n')).to.have.length(3);
    expect(people.out).to.match(/PostPublished post-[0-9a-f-]{36}@1/);
    const scripts = await ask('events', 'tail', '-n', '2', '--type', 'PostCreated', '--json');
    const events = scripts.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as EventView);
    expect(events.map(({ type }) => type)).to.deep.equal(['PostCreated', 'PostCreated']);
    expect(events[0]).to.not.have.property('opened');
  });

  it('opens personal fields when asked to, but no password hash', async () => {
    const { out } = await ask('events', 'tail', '-n', '1', '--type', 'AccountRegistered', '--open', '--json');
    const { opened } = JSON.parse(out) as EventView;
    expect(opened).to.include({ passwordHash: '(not shown)' });
    expect(opened).to.have.property('username').that.is.a('string');
  });

  it('says with exit code 4 that a stream is not there', async () => {
    const { code, err } = await ask('events', 'show', 'post-nothing');
    expect(code).to.equal(4);
    expect(err).to.match(/^error: There is no event or stream post-nothing\./);
  });

  it('draws counts by type and day', async () => {
    const { out } = await ask('events', 'stats');
    expect(out).to.match(/^TYPE +EVENTS +SHARE/m);
    expect(out).to.match(/^CommentCreated +60 .*█/m);
    expect(out).to.match(/by day, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d/);
  });

  it('verifies and rebuilds read models and tells how far it has come', async () => {
    const verified = await ask('projections', 'verify');
    expect(verified.code, verified.out).to.equal(0);
    expect(verified.out).to.match(/^equal posts@1: 20 documents/m);
    const rebuilt = await ask('projections', 'rebuild', 'posts', 'likes@1');
    expect(rebuilt.out).to.equal('posts@1: generation 2 is live\nlikes@1: generation 2 is live\n');
    expect(rebuilt.err).to.match(/rebuilding posts@1: [\d,]+ of [\d,]+ events \(100 %\)/);
    const status = JSON.parse((await ask('projections', 'status', '--json')).out) as { state: string }[];
    expect(status.filter(({ state }) => state === 'previous')).to.have.length(2);
    const back = await ask('projections', 'rollback', 'posts');
    expect(back.out).to.equal('posts@1: generation 1 is live\n');
  });

  it('wants read models to be named or all of them', async () => {
    expect((await ask('projections', 'rebuild')).code).to.equal(2);
    const unknown = await ask('projections', 'rebuild', 'pots');
    expect(unknown.code).to.equal(4);
    expect(unknown.err).to.include('There are: users@1, posts@1');
  });

  it('finds a sound installation sound', async () => {
    const { code, out } = await ask('doctor', '--json');
    const { healthy, checks } = JSON.parse(out) as {
      healthy: boolean;
      checks: { name: string; state: string }[];
    };
    expect(checks.filter(({ state }) => state === 'fail')).to.deep.equal([]);
    expect(checks.map(({ name }) => name)).to.include.members([
      'node',
      'event log',
      'keys',
      'read model posts@1',
    ]);
    expect(healthy).to.equal(true);
    expect(code).to.equal(0);
  });

  it('has no dead letters to show', async () => {
    expect((await ask('dead-letters', 'list')).out).to.equal('There are none.\n');
    expect((await ask('dead-letters', 'retry')).code).to.equal(0);
  });

  it('says who holds the data directory when nobody answers', async () => {
    const held = holdDataDirectory(place);
    try {
      const { code, err } = await ask('events', 'tail');
      expect(code).to.equal(3);
      expect(err).to.include(`process ${process.pid}`);
    } finally {
      held.release();
    }
  });

  it('answers wrong use with exit code 2 and what would be right', async () => {
    expect((await storyline('events', 'burn')).code).to.equal(2);
    const { code, err } = await ask('events', 'tail', '--last', 'many');
    expect(code).to.equal(2);
    expect(err).to.include('A whole number from 0 to 100000 is needed.');
    expect((await storyline('--help')).out).to.include('Exit codes:');
  });

  it('makes no data directory by looking for one', async () => {
    const missing = join(place, 'missing');
    const { code, err } = await storyline('events', 'tail', '--data-dir', missing, '--json');
    expect(code).to.equal(3);
    expect(JSON.parse(err)).to.have.nested.property('error.kind', 'unreachable');
    expect((await storyline('doctor', '--data-dir', missing)).code).to.equal(1);
    expect(existsSync(missing)).to.equal(false);
  });
});

describe('The doctor', function () {
  this.timeout(60_000);

  it('finds one flipped bit in the log and says where', async () => {
    const place = await makePlace();
    try {
      await storyline('demo', '--posts', '5', '--comments', '5', '--data-dir', place);
      const directory = join(place, 'log');
      const [segment] = (await readdir(directory)).filter((name) => !name.includes('index')).sort();
      const path = join(directory, segment!);
      const bytes = await readFile(path);
      bytes[Math.floor(bytes.length / 3)]! ^= 1;
      await writeFile(path, bytes);
      const { code, out } = await storyline('doctor', '--data-dir', place);
      expect(code).to.equal(1);
      expect(out).to.match(/^fail/m);
      expect(out).to.match(/position|offset/);
      await rm(path, { force: true });
    } finally {
      await removePlace(place);
    }
  });
});
