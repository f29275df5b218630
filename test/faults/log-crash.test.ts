import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { assert } from 'chai';
import { openEventLog, type EmbeddedEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Position } from '../../src/core/position.ts';
import type { NewEvent, RecordedEvent } from '../../src/ports/event-log.ts';
import { compile, eventLogSources, type Compiled } from './compiled.ts';
import { between, seeded } from './seeded.ts';

const cycles = Number(process.env['CRASH_CYCLES'] ?? 200);
const seed = Number(process.env['CRASH_SEED'] ?? 4);

/** Waits for the first acknowledgement of a run, then for a random while, and kills. */
const runAndKill = async (
  program: string,
  directory: string,
  notes: string,
  run: number,
  wait: number,
): Promise<void> => {
  const before = existsSync(notes) ? statSync(notes).size : 0;
  const child = spawn(process.execPath, [program, directory, notes, String(run)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exit = once(child, 'exit');
  let complaint = '';
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString()));
  while (child.exitCode === null && !(existsSync(notes) && statSync(notes).size > before)) await delay(2);
  await delay(wait);
  child.kill('SIGKILL');
  await exit;
  assert.strictEqual(child.signalCode, 'SIGKILL', `The writer ended by itself: ${complaint}`);
};

interface Batch {
  readonly name: string;
  readonly size: number;
  readonly stream: string;
}

const acknowledged = (notes: string): readonly Batch[] =>
  readFileSync(notes, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' '))
    .map(([name, size, stream]) => ({ name: name!, size: Number(size), stream: stream! }));

/** What the log holds, checked on the way: no gap, no repeat, every batch whole and in one piece. */
class Seen {
  readonly batches = new Map<string, Batch>();
  readonly streams = new Map<string, number>();
  last = 0n as Position;

  async readOn(log: EmbeddedEventLog): Promise<readonly RecordedEvent[]> {
    const news: RecordedEvent[] = [];
    for (;;) {
      const page = await log.readAll({ after: this.last, limit: 4096 });
      if (page.length === 0) break;
      news.push(...page);
      this.last = page.at(-1)!.position;
    }
    for (let index = 0; index < news.length; index += this.#batch(news, index));
    return news;
  }

  #batch(news: readonly RecordedEvent[], at: number): number {
    const [name, first, size] = news[at]!.id.split('/') as [string, string, string];
    assert.strictEqual(first, '0', `The beginning of batch ${name} is missing.`);
    assert.isFalse(this.batches.has(name), `Batch ${name} is there twice.`);
    const { stream } = news[at]!;
    for (let index = 0; index < Number(size); index += 1) {
      const event = news[at + index];
      assert.strictEqual(event?.id, `${name}/${index}/${size}`, `Batch ${name} is not whole.`);
      assert.strictEqual(event?.revision, this.streams.get(stream) ?? 0, `Stream ${stream} has a gap.`);
      this.streams.set(stream, event!.revision + 1);
    }
    this.batches.set(name, { name, size: Number(size), stream });
    return Number(size);
  }
}

const mustHold = (seen: Seen, batches: readonly Batch[]): void => {
  for (const batch of batches)
    assert.deepEqual(seen.batches.get(batch.name), batch, `Acknowledged ${batch.name} is lost.`);
};

/** The index finds each stream where it ends, and a repeat of the last acknowledged batch is known as one. */
const indexAgrees = async (log: EmbeddedEventLog, seen: Seen, streams: Iterable<string>): Promise<void> => {
  for (const stream of streams) {
    const [last] = await log.readStream(stream as RecordedEvent['stream'], {
      direction: 'backwards',
      limit: 1,
    });
    assert.strictEqual(last?.revision, seen.streams.get(stream)! - 1, `The index is wrong about ${stream}.`);
  }
};

const repeatIsKnown = async (log: EmbeddedEventLog, { stream, size, name }: Batch): Promise<void> => {
  const events = await log.readStream(stream as RecordedEvent['stream'], { limit: 4096 });
  const first = events.findIndex(({ id }) => id.startsWith(`${name}/`));
  if (first === -1) return;
  const head = await log.head();
  const batch: readonly NewEvent[] = events.slice(first, first + size);
  const expected = first === 0 ? 'no_stream' : first - 1;
  const answer = await log.append(stream as RecordedEvent['stream'], expected, batch);
  assert.strictEqual(answer.position, events[first + size - 1]!.position);
  assert.strictEqual(await log.head(), head);
};

describe('A log whose process is killed', function () {
  this.timeout(cycles * 2_000 + 30_000);
  let directory: string;
  let compiled: Compiled;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storyline-'));
    compiled = compile([...eventLogSources, 'test/faults/seeded.ts', 'test/faults/log-crash-writer.ts']);
  });
  after(async () => {
    compiled.remove();
    await rm(directory, { recursive: true });
  });

  it(`keeps every acknowledged batch whole and once, over ${cycles} kills at random moments`, async () => {
    const random = seeded(seed);
    const notes = join(directory, 'acknowledged');
    const open = () => openEventLog({ directory, clock: systemClock, segmentBytes: 256 * 1024 });
    const seen = new Seen();
    for (let run = 1; run <= cycles; run += 1) {
      await runAndKill(
        compiled.pathOf('test/faults/log-crash-writer.ts'),
        directory,
        notes,
        run,
        between(random, 0, 60),
      );
      // Sometimes the next writer opens what the last one left, so that crashes follow on crashes.
      if (random() < 0.4 && run !== cycles) continue;
      const log = await open();
      const news = await seen.readOn(log);
      const batches = acknowledged(notes);
      mustHold(seen, batches);
      await indexAgrees(log, seen, new Set(news.map(({ stream }) => stream)));
      await repeatIsKnown(log, batches.at(-1)!);
      await log.close();
    }
    const log = await open();
    await log.verify();
    await indexAgrees(log, seen, seen.streams.keys());
    await log.close();
    assert.isAtLeast(seen.batches.size, cycles);
  });
});
