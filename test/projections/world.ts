import { createHash, createSecretKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEphemeralStore } from '../../src/adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { openEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { openReadStore } from '../../src/adapters/embedded/read-store/open-read-store.ts';
import { openSubjectKeys } from '../../src/adapters/embedded/subject-keys/open-subject-keys.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { deriveId, type CommandId, type StreamName } from '../../src/core/ids.ts';
import { start, type Position } from '../../src/core/position.ts';
import { eventSchemas } from '../../src/events/all.ts';
import { createCodec, type EventCodec, type Recorded } from '../../src/events/codec.ts';
import type { DomainEvent, EventSchema } from '../../src/events/event-schema.ts';
import { upcasts } from '../../src/events/upcasts.ts';
import type { EventLog } from '../../src/ports/event-log.ts';
import { projections } from '../../src/projections/all.ts';
import { createProgress } from '../../src/projections/progress.ts';
import type { Projection } from '../../src/projections/projection.ts';
import type { Runtime } from '../../src/projections/runtime.ts';

export const everyProjection = Object.values(projections) as unknown as readonly Projection[];

/** What was said, instead of a log file. */
export interface Said {
  readonly level: 'info' | 'warn' | 'error';
  readonly fields: object;
  readonly message: string;
}

/** The real embedded engines in a directory of their own. */
export interface World extends Runtime {
  readonly directory: string;
  readonly said: readonly Said[];
  /** Seals the events and appends them; answers them as recorded. */
  append(stream: StreamName, events: readonly DomainEvent[]): Promise<readonly Recorded[]>;
  codecWith(schemas: readonly EventSchema[]): EventCodec;
  close(): Promise<void>;
}

export const logId = '0190a000-0000-8000-8000-000000000001';

export const openWorld = async (
  options: { readonly directory?: string; readonly projections?: readonly Projection[] } = {},
): Promise<World> => {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'storyline-')));
  const [clock, chance] = [systemClock, systemChance];
  const log = await openEventLog({ directory, clock });
  const store = await openReadStore({ directory: join(directory, 'read') });
  const ephemeral = await openEphemeralStore({ directory: join(directory, 'ephemeral'), clock, chance });
  const master = { id: 'm1', key: createSecretKey(createHash('sha256').update('test').digest()) };
  const keys = await openSubjectKeys({
    directory: join(directory, 'keys'),
    masters: [master],
    clock,
    chance,
  });
  const codecWith = (schemas: readonly EventSchema[]) => createCodec({ schemas, upcasts, keys, chance });
  const codec = codecWith(eventSchemas);
  const said: Said[] = [];
  const say = (level: Said['level']) => (fields: object, message: string) => {
    said.push({ level, fields, message });
  };
  let commands = 0;
  return {
    directory,
    log,
    store,
    ephemeral,
    codec,
    clock,
    chance,
    said,
    progress: createProgress({ projections: options.projections ?? everyProjection, clock }),
    logger: { info: say('info'), warn: say('warn'), error: say('error') },
    codecWith,
    append: async (stream, events) => {
      const commandId = deriveId<CommandId>('test', stream, String((commands += 1)));
      const sealed = await codec.seal(events, stream, commandId);
      const metadata = { commandId, actor: null, correlationId: 'test', causationId: commandId };
      const [last] = await log.readStream(stream, { direction: 'backwards', limit: 1 });
      await log.append(
        stream,
        last?.revision ?? 'no_stream',
        sealed.map((event) => ({ ...event, metadata })),
      );
      const records = await log.readStream(stream, {
        from: (last?.revision ?? -1) + 1,
        limit: events.length,
      });
      return (await codec.open(records)) as readonly Recorded[];
    },
    close: async () => {
      await log.close();
      await store.close();
      await ephemeral.close();
      await keys.close();
      if (options.directory === undefined) await rm(directory, { recursive: true });
    },
  };
};

/** Asks until it is so. */
export const until = async (holds: () => boolean | Promise<boolean>, patience = 20_000): Promise<void> => {
  const end = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It did not become so within ${patience} ms: ${holds}`);
    await systemClock.sleep(2);
  }
};

/** A log whose batches are small, so that there are many moments between them. */
export const inSmallBatches = (log: EventLog, size: number): EventLog => ({
  append: (...args) => log.append(...args),
  readStream: (...args) => log.readStream(...args),
  readAll: (options) => log.readAll({ ...options, limit: Math.min(size, options.limit) }),
  head: () => log.head(),
  close: () => log.close(),
  follow: async function* (after, signal) {
    for await (const batch of log.follow(after, signal)) {
      for (let from = 0; from < batch.length; from += size) yield batch.slice(from, from + size);
    }
  },
});

export const positionsOf = async (log: EventLog): Promise<readonly Position[]> => {
  const positions: Position[] = [];
  for (;;) {
    const records = await log.readAll({ after: positions.at(-1) ?? start, limit: 1024 });
    if (records.length === 0) return positions;
    positions.push(...records.map(({ position }) => position));
  }
};

/** The same world, but what is asked of a collection goes through `between`. */
export const withCollections = (
  world: World,
  between: (work: () => Promise<unknown>, method: string, generation: number) => Promise<unknown>,
): World => {
  const through = <T extends object>(target: T, wrap: (name: string, member: Function) => unknown): T =>
    new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? wrap(String(name), member) : member;
      },
    });
  const store = through(world.store, (name, member) =>
    name !== 'collection'
      ? member.bind(world.store)
      : async (...args: Parameters<World['store']['collection']>) => {
          const collection = await world.store.collection<object>(...args);
          return through(
            collection,
            (method, call) =>
              (...rest: unknown[]) =>
                between(() => call.apply(collection, rest) as Promise<unknown>, method, args[1]),
          );
        },
  );
  return { ...world, store };
};

/** Whether runners meet events as they come, or so late that they hold documents back. */
export const ages: readonly { readonly age: string; readonly aged: <R extends Runtime>(runtime: R) => R }[] =
  [
    { age: 'at the head', aged: (runtime) => ({ ...runtime, clock: { ...runtime.clock, now: () => 0 } }) },
    {
      age: 'far behind',
      aged: (runtime) => ({ ...runtime, clock: { ...runtime.clock, now: () => Number.MAX_SAFE_INTEGER } }),
    },
  ];
