import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { compose } from './compose.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import { systemChance, systemClock } from './core/clock.ts';
import { loadEnvironmentFile } from './environment-file.ts';
import { stopServer } from './http/server.ts';

/** After this a stop is no longer graceful: what still hangs is cut off (SPEC 12). */
const longestStop = 9_000;

const configured = (): Config => {
  try {
    loadEnvironmentFile('.env');
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(2);
  }
};

const run = async (): Promise<void> => {
  const config = configured();
  const logger = pino({ level: config.logLevel, base: null });
  const program = await compose(config, { clock: systemClock, chance: systemChance, logger }).catch(
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      logger.debug({ err: error }, 'not started');
      return process.exit(1);
    },
  );
  await program.engines.supervisor.caughtUp();

  program.server.listen(config.port, config.host);
  await once(program.server, 'listening');
  const { address, port } = program.server.address() as AddressInfo;
  logger.info(
    { url: `http://${address.includes(':') ? `[${address}]` : address}:${port}` },
    'Storyline is listening',
  );

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), longestStop + 500).unref();
    await stopServer(program.server, longestStop - 2_000);
    await program.close();
    logger.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
};

await run();
