import { appendFile, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { formatPosition } from '../../src/core/position.ts';
import type { AnyEvent } from '../../src/events/all.ts';
import type { Recorded } from '../../src/events/codec.ts';
import { recordChanges } from '../../src/events/record-changes.ts';
import { startAppLog, type AppLog } from '../../src/reactions/app-log.ts';
import { happenings, type Happening } from '../projections/history.ts';
import {
  inSmallBatches,
  logId,
  openWorld,
  until,
  withCollections,
  type World,
} from '../projections/world.ts';

describe('the app log', () => {
  let world: World;
  let history: Generator<Happening, never>;
  let path: string;
  let appLog: AppLog | undefined;
  let expected: object[];

  const happen = async (count: number): Promise<void> => {
    for (let turn = 0; turn < count; turn += 1) {
      const { stream, events } = history.next().value;
      for (const recorded of await world.append(stream, events)) expected.push(...linesOf(recorded));
    }
  };
  const linesOf = ({ event, recordedAt, metadata, position }: Recorded): readonly object[] =>
    recordChanges(event as AnyEvent).map((change) => ({
      time: recordedAt,
      ...change,
      actor: metadata.actor,
      position: formatPosition(logId, position),
    }));
  const begin = (over: Partial<World> = {}): void => {
    appLog = startAppLog({ ...world, ...over, path, logId });
  };
  const caughtUp = async (): Promise<void> => {
    const head = await world.log.head();
    await until(() => appLog!.position() === head);
  };
  const linesIn = async (file: string): Promise<readonly object[]> =>
    (await readFile(file, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);

  beforeEach(async () => {
    world = await openWorld();
    history = happenings(41);
    expected = [];
    path = join(world.directory, 'app.log');
    await happen(60);
  });
  afterEach(async () => {
    await appLog?.stop();
    await world.close();
  });

  it('has one line for every record created, updated or deleted, in order, from the first event on', async () => {
    begin();
    await caughtUp();
    await happen(20);
    await caughtUp();
    expect(await linesIn(path)).to.deep.equal(expected);
    const actions = new Set(expected.map((line) => (line as { readonly action: string }).action));
    expect([...actions].sort()).to.deep.equal(['create', 'delete', 'update']);
    expect(Object.keys(expected[0]!)).to.have.members([
      'time',
      'entity',
      'id',
      'action',
      'actor',
      'position',
    ]);
  });

  it('holds no text of anybody', async () => {
    begin();
    await caughtUp();
    const text = await readFile(path, 'utf8');
    expect(text).not.to.match(/Content|Comment \d|Edited|Title|User \d|example\.org|Bio/);
    expect((await stat(path)).mode & 0o007).to.equal(0);
  });

  it('goes on after a restart without a line twice or left out', async () => {
    for (let restart = 0; restart < 4; restart += 1) {
      begin();
      await happen(10);
      await caughtUp();
      await appLog!.stop();
      await happen(10);
    }
    begin();
    await caughtUp();
    expect(await linesIn(path)).to.deep.equal(expected);
  });

  it('cuts off a torn last line, wherever it was torn, and writes it whole', async () => {
    begin();
    await caughtUp();
    await appLog!.stop();
    const whole = await readFile(path);
    const lastLine = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    const lineBefore = whole.lastIndexOf(0x0a, lastLine - 2) + 1;
    for (const length of [whole.length - 1, lastLine + 5, lastLine + 1, lastLine, lineBefore + 30, 17, 0]) {
      // The checkpoint is older than the file, as after a crash.
      const checkpoints = await world.store.collection<object>(
        { name: 'reaction-app-log@1', indexes: [] },
        1,
      );
      await checkpoints.write([], { partition: 0, position: 0n as never });
      await truncate(path, length);
      begin();
      await caughtUp();
      await appLog!.stop();
      expect((await readFile(path)).equals(whole), `torn at ${length} of ${whole.length}`).to.equal(true);
    }
  });

  it('writes the rest of an event whose lines were cut between two of them', async () => {
    const { stream, events } = signInThatEndsTwo();
    for (const recorded of await world.append(stream, events)) expected.push(...linesOf(recorded));
    begin();
    await caughtUp();
    await appLog!.stop();
    const whole = await readFile(path, 'utf8');
    const lines = whole.trimEnd().split('\n');
    expect(lines.slice(-3).map((line) => (JSON.parse(line) as { action: string }).action)).to.deep.equal([
      'delete',
      'delete',
      'create',
    ]);
    for (const kept of [lines.length - 1, lines.length - 2, lines.length - 3]) {
      await writeFile(
        path,
        lines.slice(0, kept).map((line) => `${line}\n`),
      );
      begin();
      await caughtUp();
      await appLog!.stop();
      expect(await readFile(path, 'utf8')).to.equal(whole);
    }
  });

  it('repeats nothing after the file was moved away, while it ran or while it stood', async () => {
    begin();
    await caughtUp();
    const first = [...expected];
    await rename(path, `${path}.1`);
    await happen(15);
    await caughtUp();
    await appLog!.stop();
    const second = expected.slice(first.length);
    expect(await linesIn(`${path}.1`)).to.deep.equal(first);
    expect(await linesIn(path)).to.deep.equal(second);
    await rename(path, `${path}.2`);
    await happen(15);
    begin();
    await caughtUp();
    await appLog!.stop();
    expect(await linesIn(path)).to.deep.equal(expected.slice(first.length + second.length));
  });

  it('stands behind lines of another log without taking them for its own', async () => {
    const foreign = { position: '0190a000-0000-8000-8000-0000000000ff.999999' };
    await appendFile(path, `${JSON.stringify(foreign)}\nnot json at all\n`);
    begin();
    await caughtUp();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
    expect(lines.slice(0, 2)).to.deep.equal([JSON.stringify(foreign), 'not json at all']);
    expect(lines.slice(2).map((line) => JSON.parse(line) as object)).to.deep.equal(expected);
  });

  it('equals itself when the log comes in small batches and the store fails now and then', async () => {
    let calls = 0;
    const { store } = withCollections(world, async (work) => {
      if ((calls += 1) % 4 === 0) throw new Error('Away.');
      return work();
    });
    begin({ store, log: inSmallBatches(world.log, 6) });
    await caughtUp();
    await appLog!.stop();
    expect(calls).to.be.greaterThan(8);
    expect(await linesIn(path)).to.deep.equal(expected);
  });

  const signInThatEndsTwo = (): Happening => {
    const userId = '0190a000-0000-8000-8000-0000000000aa';
    const session = (n: number) => `0190a000-0000-8000-8000-0000000000b${n}`;
    const device = { userAgent: 'Test', address: '127.0.0.1' };
    const at = '2026-01-01T00:00:00.000Z';
    const signedIn = {
      type: 'SignedIn',
      v: 1,
      userId,
      sessionId: session(3),
      how: 'password',
      supersedes: [session(1), session(2)],
      device,
      at,
    };
    return { stream: `account-${userId}`, events: [signedIn] } as unknown as Happening;
  };
});
