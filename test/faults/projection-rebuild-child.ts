import { projections } from '../../src/projections/all.ts';
import { startSupervisor } from '../../src/projections/supervise.ts';
import { happenings } from '../projections/history.ts';
import { logId, openWorld } from '../projections/world.ts';

/** Appends and rebuilds without end, until it is killed. Arguments: directory, seed. */
const [directory, seed] = process.argv.slice(2) as [string, string];
const world = await openWorld({ directory });
const history = happenings(Number(seed));
const happen = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) {
    const { stream, events } = history.next().value;
    await world.append(stream, events);
  }
};
const supervisor = await startSupervisor(world, { projections, logId });
await happen(60);
process.stdout.write('ready\n');

const load = async (): Promise<never> => {
  for (;;) await happen(1);
};
const rebuild = async (name: string): Promise<never> => {
  for (;;) {
    const { generation } = await supervisor.rebuild(name);
    process.stdout.write(`${name} ${generation}\n`);
  }
};
// A rebuild that the last process left goes on by itself, and a second one at a time is refused.
const patiently = (name: string): Promise<never> =>
  rebuild(name).catch(async () => {
    await world.clock.sleep(5);
    return patiently(name);
  });
await Promise.all([load(), ...Object.keys(projections).map(patiently)]);
