import { pino } from 'pino';
import { compose, type Program } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { CommandBus } from '../../src/commands/execute.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import type { Position } from '../../src/core/position.ts';
import { createApp } from '../../src/http/app.ts';
import { defaultServerSettings } from '../../src/http/http-options.ts';
import { route } from '../../src/http/route.ts';
import { routes } from '../../src/http/routes.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import type { Services } from '../../src/http/services.ts';
import { serveArm } from '../harness/arm.ts';
import { quantile } from '../harness/statistics.ts';

/** The whole program in one process, as `main.ts` starts it, with calls that look inside. */
export interface StorylineInput {
  readonly environment: Readonly<Record<string, string>>;
  /** Accounts are only made to have tokens; where log-ins are measured, the real cost is taken. */
  readonly cheapPasswords: boolean;
}

const cheapest = { logN: 4 };
/** Of how many commands one is followed until it is visible everywhere. */
const followedOneIn = 8;
const longestWait = 60_000;

let program: Program;
let port = 0;
const servers: HttpServer[] = [];

const listen = (server: HttpServer): Promise<number> => {
  servers.push(server);
  return server.listen(0, '127.0.0.1');
};

const start = async ({ environment, cheapPasswords }: StorylineInput): Promise<void> => {
  const config = readConfig({
    LOG_LEVEL: 'warn',
    RATE_LIMITS: 'off',
    ACCESS_TOKEN_TTL: '86400',
    ...environment,
  });
  program = await compose(config, {
    clock: systemClock,
    chance: systemChance,
    logger: pino({ level: config.logLevel, base: null }),
    ...(cheapPasswords ? { hashing: cheapest } : {}),
  });
  await program.engines.supervisor.caughtUp();
  port = await listen(program.server);
};

/** The same application again, with other services or more routes; it listens on a port of its own. */
const listenBeside = async (services: Services, more: Parameters<typeof createApp>[1]): Promise<number> => {
  const options = {
    secret: Buffer.alloc(32, 1),
    maxBody: 1024 ** 2,
    corsOrigins: [],
    trustProxy: 0,
    metricsToken: undefined,
    secureCookies: false,
    sharedStores: false,
    consistencyTimeout: 2_000,
  };
  return listen(createHttpServer(createApp(services, [...routes, ...more], options), defaultServerSettings));
};

/** A page that is a string from the start: what the same stack costs without any reading. */
const staticPage = (json: string) =>
  route({
    name: 'staticPage',
    method: 'GET',
    path: '/bench/static-page',
    tag: 'bench',
    summary: 'A constant',
    who: 'optional',
    replies: { 200: { description: 'The constant' } },
    refusals: [],
    handler: async () => ({ status: 200, json }),
  });

const lags: number[] = [];

/** Milliseconds from now until all read models are at `position`, and the comment is there to be read. */
const lagOf = async (position: Position, commentId: string): Promise<number> => {
  const acknowledged = performance.now();
  const shown = await program.engines.progress.waitForPosition(position, longestWait);
  const lag = performance.now() - acknowledged;
  const comment = await program.services.models.comments.get(commentId);
  return shown === 'shown' && comment !== undefined ? lag : Infinity;
};

/** Follows each n-th command from when it is executed: its append is acknowledged, its answer not yet written. */
const followed = (bus: CommandBus): CommandBus => {
  let commands = 0;
  return {
    ...bus,
    execute: async (aggregate, id, ...command) => {
      const executed = await bus.execute(aggregate, id, ...command);
      commands += 1;
      if (executed.ok && aggregate.kind === 'comment' && commands % followedOneIn === 0)
        void lagOf(executed.value.position, id).then((lag) => lags.push(lag));
      return executed;
    },
  };
};

serveArm({
  start,
  port: () => port,
  listenWithStaticPage: (json: string) => listenBeside(program.services, [staticPage(json)]),
  listenWithFollowedCommands: () =>
    listenBeside({ ...program.services, bus: followed(program.services.bus) }, []),
  /** Milliseconds, of what was followed since the last call. */
  takeLags: () => {
    const taken = lags.splice(0);
    return {
      count: taken.length,
      p50: quantile(taken, 0.5),
      p99: quantile(taken, 0.99),
      longest: Math.max(...taken),
    };
  },
  memory: () => process.memoryUsage(),
  stop: async () => {
    for (const server of servers) await server.stop(0);
    await program.close();
  },
});
