import { join } from 'node:path';
import { openOutboxMailer } from './adapters/embedded/outbox-mailer.ts';
import { composeAccounts } from './compose-accounts.ts';
import type { Config } from './config.ts';
import { serveControl } from './control/server.ts';
import type { Millis } from './core/clock.ts';
import { createApp } from './http/app.ts';
import { defaultServerSettings, type HttpOptions } from './http/http-options.ts';
import { createMetrics, measuredLog } from './http/metrics.ts';
import { createRateLimits } from './http/rate-limits.ts';
import { routes } from './http/routes.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import type { Health, Services } from './http/services.ts';
import { openEngines, type OpenEngines, type Surroundings } from './open-engines.ts';
import { defaultWait } from './projections/progress.ts';
import { checkAppLog, startAppLog } from './reactions/app-log.ts';

/** The whole program, made once and by hand. `server` does not listen yet. */
export interface Program {
  readonly server: HttpServer;
  readonly engines: OpenEngines;
  readonly services: Services;
  /** Stops in the order of the flow: no new requests, then projectors, then the log. */
  close(): Promise<void>;
}

/** Behind by more than this, the read models are too old to be served (`/ready`). */
const longestLag: Millis = 10_000;

/** @param supervisor answers `undefined` while the engines are still being opened */
const healthOf = (supervisor: () => OpenEngines['supervisor'] | undefined): Health => {
  const lags = async () =>
    ((await supervisor()?.status()) ?? [])
      .filter(({ state }) => state === 'live')
      .map(({ projection, lagEvents, lagMillis, parked }) => ({
        projection,
        events: lagEvents,
        seconds: lagMillis / 1000,
        parked,
      }));
  return {
    lags,
    notReady: async () =>
      (await lags()).flatMap(({ projection, events, seconds, parked }) => [
        ...(seconds * 1000 > longestLag
          ? [`${projection} is ${events} events (${Math.round(seconds)} s) behind.`]
          : []),
        ...(parked > 0
          ? [`${projection} has ${parked} parked documents: see storyline dead-letters list.`]
          : []),
      ]),
  };
};

const httpOptionsOf = (config: Config, { secrets }: OpenEngines): HttpOptions => ({
  secret: secrets.derived('http').export(),
  maxBody: config.maxBody,
  corsOrigins: config.corsOrigins,
  trustProxy: config.trustProxy,
  metricsToken: config.metricsToken,
  secureCookies: config.production,
  sharedStores: config.redisUrl !== undefined,
  consistencyTimeout: defaultWait,
});

/** @throws Error with one sentence for people when the data directory, a key or an engine is not as it must be. */
export const compose = async (config: Config, options: Surroundings): Promise<Program> => {
  const { clock, chance, logger } = options;
  const closers: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (const one of closers.splice(0).reverse()) await one();
  };
  try {
    const opened: { engines?: OpenEngines } = {};
    const health = healthOf(() => opened.engines?.supervisor);
    const metrics = createMetrics(health);
    const engines = await openEngines(config, { ...options, aroundLog: (log) => measuredLog(log, metrics) });
    opened.engines = engines;
    closers.push(() => engines.close());
    const { bus, ids, log, logId, codec, store, ephemeral, progress, supervisor, secrets } = engines;
    await checkAppLog(config.appLog);
    const appLog = startAppLog({ log, codec, store, path: config.appLog, logId, clock, chance, logger });
    closers.push(() => appLog.stop());
    const mailer = await openOutboxMailer({
      directory: join(config.dataDir, 'outbox'),
      from: config.mailFrom,
      clock,
    });
    closers.push(() => mailer.close());
    const accounts = await composeAccounts(config, engines, { clock, chance, logger, mailer });
    closers.push(() => accounts.codes.close());
    closers.push(() => accounts.presence.close());
    const services: Services = {
      ...accounts,
      bus,
      models: supervisor.models,
      log,
      logId,
      ephemeral,
      clock,
      chance,
      ids,
      consistency: progress,
      rateLimits: createRateLimits({
        ephemeral,
        enabled: config.rateLimits,
        secret: secrets.derived('rate-limits').export(),
      }),
      allowedOrigins: config.corsOrigins,
      health,
      metrics,
      logger,
      restoreWindow: config.restoreWindow * 1000,
    };
    const server = createHttpServer(
      createApp(services, routes, httpOptionsOf(config, engines)),
      defaultServerSettings,
    );
    const control = await serveControl(config.dataDir, engines);
    closers.push(() => control.close());
    return { server, engines, services, close };
  } catch (error) {
    await close();
    throw error;
  }
};
