import { Api, benchPassword } from '../harness/api.ts';
import { ArmProcess } from '../harness/arm-process.ts';
import { compare, httpArm, type Arm } from '../harness/comparison.ts';
import type { Bench, Goal } from '../harness/goal.ts';
import type { Completed } from '../harness/in-flight.ts';
import { driverCore, serverCore } from '../harness/pinning.ts';
import { postRequest } from '../harness/requests.ts';
import { withScratch } from '../harness/scratch.ts';
import { startDriver, startStoryline } from '../harness/storyline.ts';

const people = 4;
/** A log-in takes a third of a second, so a round must be longer than others to hold enough of them. */
const longer = 3;

const bareArm = (server: ArmProcess): Arm => ({
  name: 'bare scrypt',
  run: async (seconds) => {
    const before = await server.cpu();
    const { operations, perSecond, p50, p99 } = await server.call<Completed>('run', { seconds });
    return { perSecond, cpuMicros: ((await server.cpu()) - before) / operations, p50, p99 };
  },
});

const run = ({ settings: { seconds, ...settings } }: Bench) =>
  withScratch(async (directory) => {
    const driver = await startDriver(driverCore);
    const { arm: server, port } = await startStoryline({ directory, realPasswords: true });
    const known = await new Api(port).people(people);
    const bare = await ArmProcess.start('arms/bare-scrypt.ts', { core: serverCore });
    const ours = httpArm({
      name: 'log-ins over HTTP',
      server,
      driver,
      plan: {
        port,
        connections: people,
        requests: known.map(({ login }) => postRequest('/auth/login', { login, password: benchPassword })),
        samples: 4,
      },
      status: 200,
      check: ({ samples }) => {
        for (const { body } of samples)
          if (!body.includes('"access_token"')) throw new Error(`A log-in answered ${body}`);
      },
    });
    const comparison = await compare(ours, bareArm(bare), { ...settings, seconds: seconds * longer });
    for (const arm of [server, bare, driver]) await arm.stop();
    return {
      measures: comparison.measures,
      figures: [
        {
          goal: 19,
          what: 'log-ins/s',
          against: 'bare scrypt, same parameters and concurrency',
          must: { atLeast: 0.9 },
          aim: { atLeast: 0.95 },
          measured: comparison.throughput,
          unit: '×' as const,
          spread: 'min–max of rounds' as const,
          note: 'The CPU of log-ins is that of the API process alone; scrypt runs in its child on the same core.',
        },
      ],
    };
  });

export const logIns: Goal = {
  name: 'log-ins',
  number: 19,
  method:
    'Four people log in again and again with OWASP’s scrypt parameters (N = 2^17, r = 8, p = 1), each ending the session before. ' +
    'The bare arm derives the same key with node:crypto. Both have one core and hash as many at a time as they see cores.',
  run,
};
