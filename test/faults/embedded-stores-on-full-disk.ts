/**
 * A process whose files cannot grow (the parent sets the limit, a failing write is what a full disk is to a program). It
 * waits for a line before each step and prints one JSON line after it. An unhandled rejection ends it.
 */
import { createSecretKey } from 'node:crypto';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { openEphemeralStore } from '../../src/adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { openReadStore } from '../../src/adapters/embedded/read-store/open-read-store.ts';
import { openSubjectKeys } from '../../src/adapters/embedded/subject-keys/open-subject-keys.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import type { UserId } from '../../src/core/ids.ts';
import type { Position } from '../../src/core/position.ts';

const directory = process.argv[2]!;
const clock = systemClock;
const chance = systemChance;
const masters = [{ id: 'master-1', key: createSecretKey(Buffer.alloc(32, 7)) }];

const store = await openReadStore({ directory: join(directory, 'read-models') });
const posts = await store.collection<{ readonly text: string }>(
  { name: 'posts@1', indexes: [{ name: 'by-text', fields: ['text'] }] },
  1,
);
const values = await openEphemeralStore({ directory: join(directory, 'ephemeral'), clock, chance });
const keys = await openSubjectKeys({ directory: join(directory, 'keys'), masters, clock, chance });

const text = 'x'.repeat(1_000);
const done = { posts: 0, values: 0, keys: 0 };
type Kind = keyof typeof done;

const write: Readonly<Record<Kind, (n: number) => Promise<unknown>>> = {
  posts: (n) => {
    const pos = BigInt(n) as Position;
    const value = { text: `${n}-${text}` };
    return posts.write([{ id: `post-${n}`, expected: undefined, pos, value }], {
      partition: 0,
      position: pos,
    });
  },
  values: (n) =>
    Promise.all([values.set(`value-${n}`, text, 3_600_000), values.increment('count', 1, 3_600_000)]),
  keys: (n) =>
    Promise.all(Array.from({ length: 100 }, (_, place) => keys.ensure(`subject-${n}-${place}` as UserId))),
};

/** Up to `count` writes of each kind, ended by its first failure. */
const writeAll = async (count: number): Promise<Record<Kind, string | undefined>> => {
  const failures: Record<Kind, string | undefined> = { posts: undefined, values: undefined, keys: undefined };
  for (const kind of ['posts', 'values', 'keys'] as const) {
    for (let left = count; left > 0 && failures[kind] === undefined; left -= 1) {
      await write[kind](done[kind] + 1).then(
        () => (done[kind] += 1),
        (error: unknown) => (failures[kind] = String(error)),
      );
    }
  }
  return failures;
};

const readAll = async () => ({
  posts: (await posts.scan(undefined, 1_024)).length === Math.min(1_024, done.posts),
  checkpoint: Number(await posts.checkpoint(0)) === done.posts,
  values: (await values.get(`value-${done.values}`))?.value === text,
  keys: (await keys.find(`subject-${done.keys}-99` as UserId)) !== undefined,
});

const lines = createInterface({ input: process.stdin });
for await (const line of lines) {
  if (line === 'close') break;
  const failures = await writeAll(Number(line));
  process.stdout.write(`${JSON.stringify({ failures, done, reads: await readAll() })}\n`);
}
await store.close();
await values.close();
await keys.close();
