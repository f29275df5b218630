import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { inspect } from 'node:util';
import { pino } from 'pino';
import { openEphemeralStore } from '../../src/adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { openReadStore } from '../../src/adapters/embedded/read-store/open-read-store.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { start as beginning } from '../../src/core/position.ts';
import { isUndecodable } from '../../src/events/codec.ts';
import { projections } from '../../src/projections/all.ts';
import { createProgress } from '../../src/projections/progress.ts';
import type { Projection } from '../../src/projections/projection.ts';
import type { AnyProjection } from '../../src/projections/read-models.ts';
import { startSupervisor } from '../../src/projections/supervise.ts';
import { serveArm } from '../harness/arm.ts';
import { openLog, type OpenLog } from '../harness/open-log.ts';

let open: OpenLog;

/** Follows the whole log and opens every event with its texts: what the fastest rebuild could not go without. */
const read = async (): Promise<number> => {
  const head = await open.log.head();
  const stopping = new AbortController();
  let events = 0;
  for await (const records of open.log.follow(beginning, stopping.signal)) {
    const opened = await open.codec.open(records);
    if (opened.some(isUndecodable)) throw new Error('There is an event that cannot be read.');
    events += opened.length;
    if (records.at(-1)!.position >= head) stopping.abort();
  }
  return events;
};

/** Fills new read models from an empty store, with the runners of the program. */
const rebuild = async (names: readonly string[], directory: string): Promise<number> => {
  const chosen = Object.fromEntries(
    Object.entries(projections).filter(([name]) => names.includes(name)),
  ) as Readonly<Record<string, AnyProjection>>;
  const all = Object.values(chosen) as unknown as readonly Projection[];
  const { log, codec } = open;
  const store = await openReadStore({ directory: join(directory, 'read-models') });
  const ephemeral = await openEphemeralStore({
    directory: join(directory, 'ephemeral'),
    clock: systemClock,
    chance: systemChance,
  });
  const progress = createProgress({ projections: all, clock: systemClock });
  const logger = pino({ level: 'warn' });
  const supervisor = await startSupervisor(
    { log, codec, store, ephemeral, progress, clock: systemClock, chance: systemChance, logger },
    { projections: chosen, logId: 'bench' },
  );
  await supervisor.caughtUp();
  const statuses = await supervisor.status();
  await supervisor.stop();
  await store.close();
  await ephemeral.close();
  rmSync(directory, { recursive: true });
  if (statuses.some(({ parked, failures }) => parked > 0 || failures > 0))
    throw new Error(`A rebuild had trouble: ${inspect(statuses)}`);
  return log.statistics().events;
};

export interface Pass {
  readonly events: number;
  readonly seconds: number;
  readonly cpuMicros: number;
}

const timed = async (work: () => Promise<number>): Promise<Pass> => {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const events = await work();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  open.codec.forget();
  return { events, seconds, cpuMicros: (user + system) / events };
};

serveArm({
  start: async ({ dataDir }: { readonly dataDir: string }) => {
    open = await openLog(dataDir);
  },
  names: () => Object.keys(projections),
  read: () => timed(read),
  rebuild: ({ names, directory }: { readonly names: readonly string[]; readonly directory: string }) =>
    timed(() => rebuild(names, directory)),
  stop: () => open.close(),
});
