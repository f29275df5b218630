import { pino } from 'pino';
import { compose, type Program } from './compose.ts';
import { ConfigError, readConfig, type Config } from './config.ts';
import { systemChance, systemClock } from './core/clock.ts';
import { loadEnvironmentFile } from './environment-file.ts';

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

const listen = async ({ server, close }: Program, { host, port }: Config): Promise<number> => {
  try {
    return await server.listen(port, host);
  } catch (error) {
    await close();
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === 'EADDRINUSE' ? 'another program does already; stop it, or set PORT to another' : message;
    throw new Error(`HOST is "${host}" and PORT is "${port}", but nothing can listen there: ${reason}.`, {
      cause: error,
    });
  }
};

const run = async (): Promise<void> => {
  const config = configured();
  const logger = pino({ level: config.logLevel, base: null });
  const notStarted = (error: unknown): never => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    logger.debug({ err: error }, 'not started');
    return process.exit(1);
  };
  const program = await compose(config, { clock: systemClock, chance: systemChance, logger }).catch(
    notStarted,
  );
  await program.engines.supervisor.caughtUp();

  const port = await listen(program, config).catch(notStarted);
  const host = config.host.includes(':') ? `[${config.host}]` : config.host;
  logger.info({ url: `http://${host}:${port}` }, 'Storyline is listening');

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => process.exit(1), longestStop + 500).unref();
    await program.server.stop(longestStop - 2_000);
    await program.close();
    logger.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', (signal) => void stop(signal));
  process.on('SIGINT', (signal) => void stop(signal));
};

await run();
