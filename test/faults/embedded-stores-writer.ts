/**
 * A process that writes to the embedded stores without end and prints what was acknowledged, one line each:
 * `read <n>` batch n, `value <n>` value n, `key <n> <id>` the key of subject n, `gone <n>` its destruction.
 * With a number as the second argument it goes on behind what earlier runs wrote.
 */
import { createSecretKey } from 'node:crypto';
import { join } from 'node:path';
import { openEphemeralStore } from '../../src/adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { openReadStore } from '../../src/adapters/embedded/read-store/open-read-store.ts';
import { openSubjectKeys } from '../../src/adapters/embedded/subject-keys/open-subject-keys.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import type { UserId } from '../../src/core/ids.ts';
import type { Position } from '../../src/core/position.ts';
import type { CollectionSpec, DocumentWrite } from '../../src/ports/read-store.ts';
import type { MasterKey } from '../../src/ports/subject-keys.ts';

export interface Counted {
  readonly batch: number;
  readonly owner: string;
}

export const spec: CollectionSpec = {
  name: 'counted@1',
  indexes: [{ name: 'by-owner', fields: ['owner', 'batch'] }],
};
export const documentCount = 40;
export const documentsPerBatch = 8;

export const master: MasterKey = { id: 'master-1', key: createSecretKey(Buffer.alloc(32, 7)) };
export const subject = (n: number): UserId => `subject-${n}` as UserId;
/** Every third subject is erased again. */
export const isErased = (n: number): boolean => n % 3 === 0;

/** Which documents batch n writes, and which batch wrote them before. */
export const idsOfBatch = (n: number): readonly string[] =>
  Array.from(
    { length: documentsPerBatch },
    (_, place) => `doc-${(n * documentsPerBatch + place) % documentCount}`,
  );
const batchesBetween = documentCount / documentsPerBatch;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const writeReadModels = async (directory: string): Promise<void> => {
  const store = await openReadStore({
    directory: join(directory, 'read-models'),
    onNotice: (text) => say(`notice ${text}`),
  });
  const collection = await store.collection<Counted>(spec, 1);
  const last = Number((await collection.checkpoint(0)) ?? 0n);
  for (let batch = last + 1; ; batch += 1) {
    const before = batch - batchesBetween;
    const documents = idsOfBatch(batch).map((id): DocumentWrite<Counted> => ({
      id,
      expected: before > 0 ? (BigInt(before) as Position) : undefined,
      pos: BigInt(batch) as Position,
      value: { batch, owner: `owner-${batch % 3}` },
    }));
    const refused = await collection.write(documents, { partition: 0, position: BigInt(batch) as Position });
    say(refused.length === 0 ? `read ${batch}` : `notice refused ${refused.join()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
};

const writeValues = async (directory: string, from: number): Promise<void> => {
  const store = await openEphemeralStore({
    directory: join(directory, 'ephemeral'),
    clock: systemClock,
    chance: systemChance,
    onNotice: (text) => say(`notice ${text}`),
  });
  for (let n = from; ; n += 4) {
    await Promise.all(
      [0, 1, 2, 3].map(async (lane) => {
        await store.set(`value-${n + lane}`, `of ${n + lane}`, 3_600_000);
        await store.increment('count', 1, 3_600_000);
        say(`value ${n + lane}`);
      }),
    );
  }
};

const writeKeys = async (directory: string, from: number): Promise<void> => {
  const keys = await openSubjectKeys({
    directory: join(directory, 'keys'),
    masters: [master],
    clock: systemClock,
    chance: systemChance,
  });
  for (let n = from; ; n += 4) {
    await Promise.all(
      [0, 1, 2, 3].map(async (lane) => {
        const { id } = await keys.ensure(subject(n + lane));
        say(`key ${n + lane} ${id}`);
        if (!isErased(n + lane)) return;
        await keys.destroy(subject(n + lane));
        say(`gone ${n + lane}`);
      }),
    );
  }
};

const [, script, directory, from] = process.argv;
if (script?.includes('embedded-stores-writer') === true && directory !== undefined) {
  await Promise.all([
    writeReadModels(directory),
    writeValues(directory, Number(from)),
    writeKeys(directory, Number(from)),
  ]);
}
