/**
 * The embedded log alone: appends with 64 writers, reading all of it, start and memory with many streams.
 * `node --import=tsx bench/embedded-log.ts [EVENTS] [STREAMS]`
 */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventLog } from '../src/adapters/embedded/event-log/event-log.ts';
import { systemChance, systemClock } from '../src/core/clock.ts';
import { uuidv7, type CommandId, type EventId, type StreamName, type UserId } from '../src/core/ids.ts';
import { start } from '../src/core/position.ts';
import type { NewEvent } from '../src/ports/event-log.ts';

const [events = 200_000, streams = 100_000] = process.argv.slice(2).map(Number);
const writers = 64;
const ids = uuidv7(systemClock, systemChance);

const metadata = (): NewEvent['metadata'] => {
  const command = ids.next<CommandId>();
  return { commandId: command, actor: ids.next<UserId>(), correlationId: command, causationId: command };
};

const anEvent = (): NewEvent => ({
  id: ids.next<EventId>(),
  type: 'PostCreated',
  schemaVersion: 1,
  metadata: metadata(),
  data: { postId: ids.next<EventId>(), authorId: ids.next<UserId>(), at: '2026-01-01T00:00:00.000Z' },
});

/** Anonymous memory of this process, MB: what page cache and mapped files are not part of. */
const anonymous = (): number => {
  globalThis.gc?.();
  return Number(/RssAnon:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? 0) / 1024;
};

const measure = async (what: string, count: number, work: () => Promise<unknown>): Promise<void> => {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await work();
  const seconds = (performance.now() - begun) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const rate = Math.round(count / seconds).toLocaleString('en');
  console.log(
    `${what}: ${rate}/s, ${((user + system) / count).toFixed(2)} µs CPU each, ${seconds.toFixed(2)} s`,
  );
};

const directory = await mkdtemp(join(tmpdir(), 'storyline-'));
const open = () =>
  openEventLog({ directory, clock: systemClock, onNotice: (message) => console.log(message) });
let log = await open();
const before = anonymous();
const names = Array.from({ length: writers }, (_, writer) => writer);

/** Event n of a writer goes to the next of its streams, over and over. */
const write = async (writer: number): Promise<void> => {
  const share = Math.max(1, Math.floor(streams / writers));
  for (let count = 0; count * writers < events; count += 1) {
    const round = Math.floor(count / share);
    const stream =
      `post-${String(writer).padStart(8, '0')}-0000-7000-8000-${String(count % share).padStart(12, '0')}` as StreamName;
    await log.append(stream, round === 0 ? 'no_stream' : round - 1, [anEvent()]);
  }
};

await measure('make events', events, async () => {
  for (let count = 0; count < events; count += 1) anEvent();
});
await measure(`append, ${writers} writers`, events, () => Promise.all(names.map(write)));
const after = anonymous();
console.log(
  `memory: ${before.toFixed(0)} MB before, ${after.toFixed(0)} MB after, added ${(after - before).toFixed(0)} MB`,
);
await measure('read all', events, async () => {
  for (let last = start; ;) {
    const page = await log.readAll({ after: last, limit: 1000 });
    if (page.length === 0) return;
    last = page.at(-1)!.position;
  }
});
const read = anonymous();
console.log(`memory after reading: added ${(read - before).toFixed(0)} MB`, log.statistics());
await measure('close', 1, () => log.close());
await measure('start', 1, async () => {
  log = await open();
});
await log.close();
await rm(directory, { recursive: true });
