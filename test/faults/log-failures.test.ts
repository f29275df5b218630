import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { openEventLog, type EmbeddedEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { StreamName } from '../../src/core/ids.ts';
import { start } from '../../src/core/position.ts';
import { LogUnavailable, type Appended, type RecordedEvent } from '../../src/ports/event-log.ts';
import { aStream, events, readToEnd } from '../contracts/event-log.contract.ts';
import { compile, eventLogSources } from './compiled.ts';
import { fault, scriptedFiles, type Script } from './scripted-files.ts';

const reasonOf = async (append: Promise<Appended>): Promise<string> =>
  append.then(
    () => 'appended',
    (error: unknown) => (error instanceof LogUnavailable ? error.reason : String(error)),
  );

describe('A log whose disk fails', () => {
  let directory: string;
  let script: Script;
  let log: EmbeddedEventLog;
  const rejections: unknown[] = [];
  const note = (reason: unknown): void => void rejections.push(reason);

  const open = () =>
    openEventLog({ directory, clock: systemClock, files: scriptedFiles(script), segmentBytes: 4096 });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storyline-'));
    script = {};
    log = await open();
    process.on('unhandledRejection', note);
  });
  afterEach(async () => {
    await log.close();
    await new Promise((resolve) => void setImmediate(resolve));
    process.off('unhandledRejection', note);
    assert.deepEqual(rejections.splice(0), []);
    await rm(directory, { recursive: true });
  });

  it('shows nothing to readers and followers, and acknowledges nothing, before the sync has returned', async () => {
    const stream = aStream();
    await log.append(stream, 'no_stream', events(1));
    let release = (): void => undefined;
    const reached = new Promise<void>((resolve) => {
      script.sync = () => {
        resolve();
        return new Promise((done) => (release = done));
      };
    });
    let acknowledged = false;
    const append = log.append(stream, 0, events(2)).then(() => (acknowledged = true));
    const elsewhere = aStream();
    const second = log.append(elsewhere, 'no_stream', events(1));
    const follower = log
      .follow(1n as RecordedEvent['position'], new AbortController().signal)
      [Symbol.asyncIterator]();
    const followed = follower.next();
    await reached;
    assert.isFalse(acknowledged);
    assert.strictEqual(await log.head(), 1n);
    assert.lengthOf(await log.readStream(stream, { limit: 10 }), 1);
    assert.lengthOf(await log.readStream(stream, { limit: 10, direction: 'backwards' }), 1);
    assert.lengthOf(await log.readStream(elsewhere, { limit: 10 }), 0);
    assert.lengthOf(await readToEnd(log, start), 1);
    delete script.sync;
    release();
    await Promise.all([append, second]);
    assert.isTrue(acknowledged);
    assert.lengthOf((await followed).value as readonly RecordedEvent[], 3);
    assert.lengthOf(await log.readStream(stream, { limit: 10 }), 3);
  });

  it('answers at once what rests on durable events only, and a loser when its winner is durable', async () => {
    const stream = aStream();
    const first = events(1);
    await log.append(stream, 'no_stream', first);
    let release = (): void => undefined;
    script.sync = () => new Promise((done) => (release = done));
    const elsewhere = aStream();
    const winner = log.append(elsewhere, 'no_stream', events(1));
    let lost = false;
    const loser = log.append(elsewhere, 'no_stream', events(1)).catch(() => (lost = true));
    assert.strictEqual((await log.append(stream, 'no_stream', first)).revision, 0);
    assert.include(await reasonOf(log.append(stream, 5, events(1))), 'WrongExpectedRevision');
    assert.isFalse(lost);
    delete script.sync;
    release();
    await Promise.all([winner, loser]);
    assert.isTrue(lost);
  });

  for (const written of [0, 10, 500]) {
    it(`without room after ${written} bytes refuses, goes on reading, and appends again when there is room`, async () => {
      const stream = aStream();
      await log.append(stream, 'no_stream', events(3));
      const before = await readToEnd(log, start);
      script.write = () => ({ written, code: 'ENOSPC' });
      const refused = [
        log.append(stream, 2, events(2)),
        log.append(stream, 4, events(1)),
        log.append(aStream(), 'no_stream', events(1)),
      ];
      assert.deepEqual(await Promise.all(refused.map(reasonOf)), ['no-room', 'no-room', 'no-room']);
      assert.deepEqual(await readToEnd(log, start), before);
      assert.lengthOf(await log.readStream(stream, { limit: 10 }), 3);
      delete script.write;
      assert.strictEqual((await log.append(stream, 2, events(2))).revision, 4);
      await log.close();
      log = await open();
      const after = await readToEnd(log, start);
      assert.deepEqual(after.slice(0, 3), before);
      assert.lengthOf(after, 5);
    });
  }

  it('without room for a new segment refuses, and appends again when there is room', async () => {
    const stream = aStream();
    await log.append(stream, 'no_stream', events(20));
    script.write = () => ({ written: 5, code: 'ENOSPC' });
    assert.strictEqual(await reasonOf(log.append(stream, 19, events(1))), 'no-room');
    delete script.write;
    await log.append(stream, 19, events(1));
    assert.strictEqual(log.statistics().segments, 2);
    await log.close();
    log = await open();
    assert.lengthOf(await readToEnd(log, start), 21);
  });

  it('after a failed sync takes no appends until it is opened again, and goes on reading', async () => {
    const stream = aStream();
    const kept = events(2);
    await log.append(stream, 'no_stream', kept);
    script.sync = () => Promise.reject(fault('EIO'));
    const lost = [log.append(stream, 1, events(1)), log.append(aStream(), 'no_stream', events(1))];
    assert.deepEqual(await Promise.all(lost.map(reasonOf)), ['failed-sync', 'failed-sync']);
    delete script.sync;
    assert.strictEqual(await reasonOf(log.append(stream, 1, events(1))), 'failed-sync');
    assert.strictEqual(await reasonOf(log.append(stream, 'no_stream', kept)), 'failed-sync');
    assert.strictEqual(await log.head(), 2n);
    assert.lengthOf(await log.readStream(stream, { limit: 10 }), 2);
    assert.lengthOf(await readToEnd(log, start), 2);
    await log.close();
    log = await open();
    const [, last] = await log.readStream(stream, { limit: 2 });
    assert.strictEqual(last?.id, kept[1]!.id);
    const head = (await log.readStream(stream, { limit: 1, direction: 'backwards' }))[0]!;
    assert.strictEqual((await log.append(stream, head.revision, events(1))).revision, head.revision + 1);
  });

  it('closes for appends when what is without room cannot be cut back', async () => {
    script.write = () => ({ written: 3, code: 'ENOSPC' });
    script.truncate = () => {
      throw fault('EIO');
    };
    await log.append(aStream(), 'no_stream', events(1)).catch(() => undefined);
    delete script.write;
    await log.append(aStream(), 'no_stream', events(1));
    script.write = () => ({ written: 3, code: 'ENOSPC' });
    assert.strictEqual(await reasonOf(log.append(aStream(), 'no_stream', events(1))), 'failed-sync');
    script = {};
    await log.close();
    log = await open();
    assert.lengthOf(await readToEnd(log, start), 1);
  });

  for (const first of [0, 3, 40]) {
    it(`goes on when its index cannot be written from the ${first}th page on, and catches up later`, async () => {
      await log.close();
      const notices: string[] = [];
      const onNotice = (message: string): void => void notices.push(message);
      const settings = {
        directory,
        clock: systemClock,
        files: scriptedFiles(script),
        movesPerFlush: 50,
        onNotice,
      };
      log = await openEventLog(settings);
      const streams = Array.from({ length: 1500 }, () => aStream());
      const appendTo = (some: readonly StreamName[], expected: 'no_stream' | number) =>
        Promise.all(some.map((stream) => log.append(stream, expected, events(1))));
      await appendTo(streams.slice(0, 700), 'no_stream');
      let written = 0;
      script.index = () => {
        written += 1;
        if (written > first) throw fault('ENOSPC');
      };
      for (let from = 700; from < 1400; from += 100)
        await appendTo(streams.slice(from, from + 100), 'no_stream');
      await appendTo(streams.slice(0, 300), 0);
      assert.match(notices.join(), /index of streams could not be written: .*ENOSPC/);
      delete script.index;
      for (let from = 1400; from < 1500; from += 10)
        await appendTo(streams.slice(from, from + 10), 'no_stream');
      await appendTo(streams.slice(600, 1400), 0);
      await log.verify();
      assert.strictEqual(log.statistics().streams, 1500);
      await log.close();
      log = await openEventLog(settings);
      await log.verify();
      assert.strictEqual(log.statistics().streams, 1500);
    });
  }

  it('at a real limit of the file size refuses, and everything acknowledged is there afterwards', async function () {
    this.timeout(30_000);
    const compiled = compile([...eventLogSources, 'test/faults/log-disk-full-writer.ts']);
    const full = join(directory, 'full');
    const program = `ulimit -f 300; exec "$0" "$@"`;
    const child = compiled.pathOf('test/faults/log-disk-full-writer.ts');
    const run = spawnSync('bash', ['-c', program, process.execPath, child, full]);
    compiled.remove();
    assert.strictEqual(run.status, 0, run.stderr.toString());
    const seen = JSON.parse(run.stdout.toString()) as {
      acknowledged: number;
      readable: number;
      reasons: string[];
    };
    assert.deepEqual(seen.reasons, ['no-room', 'no-room', 'no-room']);
    assert.isAbove(seen.acknowledged, 20);
    assert.strictEqual(seen.readable, seen.acknowledged);
    const again = await openEventLog({ directory: full, clock: systemClock });
    assert.lengthOf(await readToEnd(again, start), seen.acknowledged);
    await again.close();
  });
});
