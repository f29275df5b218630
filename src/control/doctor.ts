import { Type } from '@sinclair/typebox';
import { formatPosition, type Position } from '../core/position.ts';
import { isUndecodable } from '../events/codec.ts';
import type { Engines } from './engines.ts';
import { defineOperation, type Watch } from './operation.ts';

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly state: 'ok' | 'warn' | 'fail';
  readonly found: string;
  /** What the operator should do; absent when all is well. */
  readonly advice?: string;
}

const params = Type.Object({}, { additionalProperties: false });

/** 1234567 → `1,234,567`, as the tables of the command line have it. */
const grouped = (value: number): string => value.toLocaleString('en-GB');

const checkLog = async ({ log, logId, checkLog: check }: Engines, watch: Watch<Check>): Promise<Check> => {
  const head = await log.head();
  const tell = (position: Position): void => {
    const advance = {
      label: 'checking the log',
      done: Number(position),
      total: Number(head),
      unit: 'events',
    };
    watch.progress(advance).catch(() => undefined);
  };
  try {
    const { events, finding } = await check(tell);
    const found = `${grouped(events)} events, ${finding}; at ${formatPosition(logId, head)}`;
    return { name: 'event log', state: 'ok', found };
  } catch (error) {
    return {
      name: 'event log',
      state: 'fail',
      found: error instanceof Error ? error.message : String(error),
      advice: 'Stop the program and restore the log from your last copy; keep the damaged files.',
    };
  }
};

const looked = 2_000;

/** Whether the latest events can be read by this program with these keys. */
const checkKeys = async ({ log, codec }: Engines): Promise<Check> => {
  const head = await log.head();
  const after = head > BigInt(looked) ? head - BigInt(looked) : 0n;
  const events = await log.readAll({ after: after as Position, limit: looked });
  const unreadable = (await codec.open(events)).filter(isUndecodable);
  const sealed = events.filter(({ box }) => box !== undefined).length;
  const [first] = unreadable;
  if (first === undefined) {
    return {
      name: 'keys',
      state: 'ok',
      found: `the latest ${grouped(events.length)} events can be read, ${grouped(sealed)} of them sealed`,
    };
  }
  return {
    name: 'keys',
    state: 'fail',
    found: `${grouped(unreadable.length)} of the latest ${grouped(events.length)} events cannot be read: ${first.stream}: ${first.undecodable}`,
    advice:
      'Were MASTER_KEY or the keys in the data directory changed, or does an older program run on newer data?',
  };
};

/** Further behind than this, readers notice. */
const lateSeconds = 10;

const checkReadModels = async ({ supervisor }: Engines): Promise<readonly Check[]> =>
  (await supervisor.status())
    .filter(({ state }) => state !== 'previous')
    .map(({ projection, generation, state, lagEvents, lagMillis, parked }): Check => {
      const name = `read model ${projection}`;
      const found = `generation ${generation} ${state}, ${grouped(lagEvents)} events behind, ${grouped(parked)} documents parked`;
      if (parked > 0) {
        return {
          name,
          state: 'fail',
          found,
          advice:
            'The reasons: storyline dead-letters list. Update the program, then: storyline dead-letters retry',
        };
      }
      return state === 'live' && lagMillis > lateSeconds * 1000
        ? {
            name,
            state: 'warn',
            found,
            advice: 'It catches up by itself; if it does not, look at the log of the program.',
          }
        : { name, state: 'ok', found };
    });

/** The checks that need the engines, as items. */
export const doctor = defineOperation<typeof params, Check, null>({
  params,
  run: async (engines, _params, watch) => {
    await watch.item(await checkLog(engines, watch));
    await watch.item(await checkKeys(engines));
    for (const check of await checkReadModels(engines)) await watch.item(check);
    return null;
  },
});
