import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { openEventLog, type EmbeddedEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { nodeFiles, type LogFiles } from '../../src/adapters/embedded/event-log/log-files.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { StreamName } from '../../src/core/ids.ts';
import { start } from '../../src/core/position.ts';
import { LogDamaged, type RecordedEvent } from '../../src/ports/event-log.ts';
import { anEvent, readToEnd } from '../contracts/event-log.contract.ts';
import { between, seeded } from './seeded.ts';

/** Nothing here is about power cuts, and syncs take their time. */
const files: LogFiles = {
  ...nodeFiles,
  open: (path, how) => ({ ...nodeFiles.open(path, how), sync: () => Promise.resolve() }),
  syncDirectory: () => undefined,
};

const settings = { clock: systemClock, files, segmentBytes: 4096, recentBytes: 0, movesPerFlush: 8 };

const streamOf = (number: number): StreamName => `thing-${number % 12}` as StreamName;

/** 60 batches of one to three events over twelve streams and several segments. */
const fill = async (log: EmbeddedEventLog): Promise<void> => {
  const revisions = new Map<StreamName, number>();
  for (let batch = 0; batch < 60; batch += 1) {
    const stream = streamOf(batch * 7);
    const made = Array.from({ length: 1 + (batch % 3) }, () =>
      anEvent({ data: { text: 'y'.repeat(batch * 3) } }),
    );
    const answer = await log.append(stream, revisions.get(stream) ?? 'no_stream', made);
    revisions.set(stream, answer.revision);
  }
};

interface Contents {
  readonly all: readonly RecordedEvent[];
  readonly streams: readonly (readonly RecordedEvent[])[];
}

const readEverything = async (log: EmbeddedEventLog): Promise<Contents> => {
  const all = await readToEnd(log, start, 7);
  const streams: (readonly RecordedEvent[])[] = [];
  for (let number = 0; number < 12; number += 1)
    streams.push(await log.readStream(streamOf(number), { limit: 100 }));
  return { all, streams };
};

/** What a log of this directory answers: everything it holds, or the message of its damage; any other error is a failure. */
const outcome = async (
  directory: string,
  notices: string[] = [],
  bootId?: string,
): Promise<Contents | string> => {
  const onNotice = (message: string): void => void notices.push(message);
  let log: EmbeddedEventLog | undefined;
  try {
    const readText = (path: string) =>
      path.endsWith('boot_id') && bootId !== undefined ? bootId : files.readText(path);
    log = await openEventLog({ directory, ...settings, onNotice, files: { ...files, readText } });
    return await readEverything(log);
  } catch (error) {
    if (error instanceof LogDamaged) return error.message;
    throw error;
  } finally {
    await log?.close();
  }
};

const damageSentence = /^The log is damaged: (segment \d{20}\.seg, offset \d+|no segment is left)/;

describe('A damaged log', function () {
  this.timeout(60_000);
  let home: string;
  /** Closed as it should be. */
  let closed: string;
  /** As a kill leaves it: copied while it was open. */
  let killed: string;
  let whole: Contents;
  let copies = 0;

  const copyOf = (directory: string): string => {
    copies += 1;
    const copy = join(home, `copy-${copies}`);
    cpSync(directory, copy, { recursive: true });
    return copy;
  };
  const file = (directory: string, name: string): string => join(directory, 'log', name);
  const segmentsOf = (directory: string): readonly string[] =>
    readdirSync(join(directory, 'log'))
      .filter((name) => name.endsWith('.seg'))
      .sort();
  const flip = (path: string, offset: number, mask: number): void => {
    const bytes = readFileSync(path);
    bytes[offset]! ^= mask;
    writeFileSync(path, bytes);
  };

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'storyline-'));
    closed = join(home, 'closed');
    const log = await openEventLog({ directory: closed, ...settings });
    await fill(log);
    whole = await readEverything(log);
    killed = copyOf(closed);
    await log.close();
    assert.isAbove(segmentsOf(closed).length, 5);
    assert.deepEqual(await outcome(copyOf(closed)), whole);
    assert.deepEqual(await outcome(copyOf(killed)), whole);
  });
  after(() => rmSync(home, { recursive: true }));

  it('says which segment, offset and position, for a flipped bit anywhere in the segments', async () => {
    const random = seeded(11);
    let told = 0;
    for (let round = 0; round < 150; round += 1) {
      const from = round % 2 === 0 ? closed : killed;
      const names = segmentsOf(from);
      const name = names[between(random, 0, names.length - 2)]!;
      const copy = copyOf(from);
      const offset = between(random, 0, statSync(file(copy, name)).size - 1);
      flip(file(copy, name), offset, 1 << between(random, 0, 7));
      const found = await outcome(copy);
      assert.isString(found, `A flip at ${offset} of ${name} was not noticed.`);
      assert.match(found as string, damageSentence);
      assert.include(found as string, name);
      told += 1;
      rmSync(copy, { recursive: true });
    }
    assert.strictEqual(told, 150);
  });

  it('says so for a flipped bit in the last segment of a log that was closed', async () => {
    const random = seeded(12);
    const name = segmentsOf(closed).at(-1)!;
    for (let round = 0; round < 60; round += 1) {
      const copy = copyOf(closed);
      flip(
        file(copy, name),
        between(random, 0, statSync(file(copy, name)).size - 1),
        1 << between(random, 0, 7),
      );
      const found = await outcome(copy);
      assert.isString(found);
      assert.match(found as string, damageSentence);
      rmSync(copy, { recursive: true });
    }
  });

  it('says so when a segment is cut off anywhere, missing, or of another log', async () => {
    const random = seeded(13);
    const names = segmentsOf(closed);
    for (const name of names) {
      for (let round = 0; round < 6; round += 1) {
        const copy = copyOf(closed);
        truncateSync(
          file(copy, name),
          round === 0 ? 0 : between(random, 1, statSync(file(copy, name)).size - 1),
        );
        assert.match((await outcome(copy)) as string, damageSentence);
        rmSync(copy, { recursive: true });
      }
      const copy = copyOf(closed);
      rmSync(file(copy, name));
      assert.match((await outcome(copy)) as string, damageSentence, `${name} is missing`);
    }
    const other = join(home, 'other');
    const log = await openEventLog({ directory: other, ...settings });
    await fill(log);
    await log.close();
    const mixed = copyOf(closed);
    const name = segmentsOf(closed)[1]!;
    cpSync(file(other, segmentsOf(other)[1]!), file(mixed, name));
    assert.match((await outcome(mixed)) as string, damageSentence);
    const none = copyOf(closed);
    for (const segment of names) rmSync(file(none, segment));
    assert.match((await outcome(none)) as string, /no segment is left.*position 120 had been acknowledged/);
  });

  it('cuts off what a crash left of the last write, and says so', async () => {
    const last = segmentsOf(killed).at(-1)!;
    const size = statSync(file(killed, last)).size;
    const tails: readonly Buffer[] = [
      Buffer.alloc(1),
      Buffer.alloc(700),
      Buffer.from('garbage'.repeat(40)),
      readFileSync(file(killed, last)).subarray(64, 64 + 30),
      readFileSync(file(killed, last)).subarray(64, size - 1),
    ];
    for (const tail of tails) {
      const copy = copyOf(killed);
      appendFileSync(file(copy, last), tail);
      const notices: string[] = [];
      assert.deepEqual(await outcome(copy, notices), whole);
      assert.lengthOf(notices, 1);
      assert.match(notices[0]!, /cut short: \d+ bytes behind position 120 .* were cut off/);
      assert.deepEqual(await outcome(copy, notices), whole);
      assert.lengthOf(notices, 1);
    }
  });

  it('tells damage from a torn write by what later records say, after a kill too', async () => {
    const open = join(home, 'one-segment');
    const log = await openEventLog({ directory: open, ...settings, segmentBytes: 1024 * 1024 });
    await fill(log);
    const all = await readToEnd(log, start);
    const copied = copyOf(open);
    await log.close();
    const [name] = segmentsOf(copied);
    const bytes = readFileSync(file(copied, name!));
    rmSync(file(copied, 'streams.index'));
    const last = bytes.lastIndexOf(Buffer.from([0xff, 0x53, 0x4c, 0xfe]));
    const random = seeded(15);
    for (let round = 0; round < 40; round += 1) {
      const copy = copyOf(copied);
      flip(file(copy, name!), between(random, 64, last - 1), 1 << between(random, 0, 7));
      assert.match((await outcome(copy)) as string, /position \d+: .*, and records of later appends follow/);
      flip(file(copied, name!), between(random, last, bytes.length - 1), 1 << between(random, 0, 7));
      const notices: string[] = [];
      const found = (await outcome(copyOf(copied), notices)) as Contents;
      assert.deepEqual(found.all, all.slice(0, 117));
      assert.match(notices.join(), /cut short: \d+ bytes behind position 117/);
      writeFileSync(file(copied, name!), bytes);
    }
  });

  it('keeps a batch whole or drops it, wherever the last write was cut', async () => {
    const last = segmentsOf(killed).at(-1)!;
    const size = statSync(file(killed, last)).size;
    for (let cut = 1; cut < 400; cut += 13) {
      const copy = copyOf(killed);
      rmSync(file(copy, 'streams.index'));
      truncateSync(file(copy, last), size - cut);
      const found = await outcome(copy);
      assert.isNotString(found);
      const { all } = found as Contents;
      assert.deepEqual(all, whole.all.slice(0, all.length));
      assert.strictEqual(all.length, 117);
      rmSync(copy, { recursive: true });
    }
  });

  it('removes a segment whose header a crash cut short', async () => {
    for (const bytes of [0, 10, 63]) {
      const copy = copyOf(killed);
      const header = readFileSync(file(copy, segmentsOf(copy)[0]!)).subarray(0, bytes);
      writeFileSync(file(copy, '00000000000000000121.seg'), header);
      const notices: string[] = [];
      assert.deepEqual(await outcome(copy, notices), whole);
      assert.match(notices[0]!, /00000000000000000121\.seg: a crash left it without a header/);
    }
  });

  it('never believes a damaged index: it is made anew, and everything is found', async () => {
    const random = seeded(14);
    for (let round = 0; round < 80; round += 1) {
      const copy = copyOf(round % 2 === 0 ? closed : killed);
      const index = file(copy, 'streams.index');
      const { size } = statSync(index);
      if (round % 4 < 2) flip(index, between(random, 0, size - 1), 1 << between(random, 0, 7));
      else truncateSync(index, between(random, 0, size - 1));
      const notices: string[] = [];
      assert.deepEqual(await outcome(copy, notices), whole);
      assert.match(notices.join(), /index of streams is made anew/);
      rmSync(copy, { recursive: true });
    }
  });

  it('makes an index anew that is missing, of another log, or ahead of the log', async () => {
    const empty = join(home, 'empty');
    const log = await openEventLog({ directory: empty, ...settings });
    await log.append(streamOf(0), 'no_stream', [anEvent()]);
    await log.close();
    const foreign = copyOf(closed);
    cpSync(file(empty, 'streams.index'), file(foreign, 'streams.index'));
    const missing = copyOf(killed);
    rmSync(file(missing, 'streams.index'));
    for (const directory of [foreign, missing]) {
      const notices: string[] = [];
      assert.deepEqual(await outcome(directory, notices), whole);
      assert.match(notices.join(), /index of streams is made anew/);
    }
  });

  it('does not trust an index that was in use when the machine stopped', async () => {
    const notices: string[] = [];
    assert.deepEqual(await outcome(copyOf(killed), notices, 'another-boot'), whole);
    assert.match(notices.join(), /it was in use when the machine stopped/);
    assert.deepEqual(await outcome(copyOf(closed), [], 'another-boot'), whole);
  });

  it('finds and repairs an index that is damaged while the log is open', async () => {
    const copy = copyOf(closed);
    const notices: string[] = [];
    const log = await openEventLog({
      directory: copy,
      ...settings,
      onNotice: (message) => void notices.push(message),
    });
    const index = file(copy, 'streams.index');
    for (let offset = 4096; offset < statSync(index).size; offset += 4096) flip(index, offset + 20, 255);
    const found = await Promise.all([readEverything(log), readEverything(log)]);
    assert.deepEqual(found, [whole, whole]);
    assert.lengthOf(
      notices.filter((notice) => /damaged and is made anew/.test(notice)),
      1,
    );
    const [head] = await log.readStream(streamOf(3), { direction: 'backwards', limit: 1 });
    assert.strictEqual(
      (await log.append(streamOf(3), head!.revision, [anEvent()])).revision,
      head!.revision + 1,
    );
    await log.close();
  });

  it('is found by verify, which reads everything', async () => {
    const copy = copyOf(closed);
    const name = segmentsOf(copy)[2]!;
    flip(file(copy, name), 400, 1);
    const log = await openEventLog({ directory: copy, ...settings });
    let progress = 0n;
    const found = await log
      .verify((position) => (progress = position))
      .then(
        () => 'sound',
        (error: unknown) => String(error),
      );
    assert.match(
      found,
      new RegExp(`LogDamaged: The log is damaged: segment ${name}, offset \\d+, position \\d+`),
    );
    assert.isAbove(Number(progress), 0);
    await log.close();
  });
});
