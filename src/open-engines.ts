import type { Logger } from 'pino';
import { holdDataDirectory } from './adapters/embedded/data-directory.ts';
import {
  createPasswordHasher,
  type PasswordHasherOptions,
} from './adapters/shared/password-hasher/password-hasher.ts';
import { createAccessTokens } from './commands/access-tokens.ts';
import { createCommandBus, type CommandBus } from './commands/execute.ts';
import { log as logAggregate } from './commands/log/log.ts';
import { startLog } from './commands/log/start-log.ts';
import { createRefreshTokens } from './commands/refresh-tokens.ts';
import { createSessionRecords } from './commands/session-records.ts';
import { createSessions, type Sessions } from './commands/sessions.ts';
import type { Config } from './config.ts';
import type { Engines } from './control/engines.ts';
import { instant, type Chance, type Clock } from './core/clock.ts';
import { uuidv7, type CommandId, type Ids } from './core/ids.ts';
import {
  chooseEphemeralStore,
  chooseEventLog,
  chooseReadStore,
  chooseSubjectKeys,
  type ReadStoreChoice,
} from './engine-choice.ts';
import { eventSchemas } from './events/all.ts';
import { createCodec } from './events/codec.ts';
import type { LogId } from './events/log.ts';
import { upcasts } from './events/upcasts.ts';
import type { EphemeralStore } from './ports/ephemeral-store.ts';
import type { PasswordHasher } from './ports/password-hasher.ts';
import type { EventLog } from './ports/event-log.ts';
import type { ReadStore } from './ports/read-store.ts';
import { projections } from './projections/all.ts';
import { createProgress, type Progress } from './projections/progress.ts';
import type { Projection } from './projections/projection.ts';
import type { Runtime } from './projections/runtime.ts';
import { ForeignReadStore } from './projections/start-up.ts';
import { startSupervisor, type Supervisor } from './projections/supervise.ts';
import { loadSecrets, type Secrets } from './secrets.ts';

/** What cannot be known from the configuration; tests and simulations bring their own. */
export interface Surroundings {
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: Logger;
  /** Cheaper hashing, for tests only. */
  readonly hashing?: PasswordHasherOptions;
  /** Puts something between commands and the log: measuring, or faults in a test. */
  readonly aroundLog?: (log: EventLog) => EventLog;
}

/** Everything below the API, open and running, owned by this process alone. */
export interface OpenEngines extends Engines {
  readonly supervisor: Supervisor<typeof projections>;
  readonly store: ReadStore;
  readonly ephemeral: EphemeralStore;
  readonly progress: Progress;
  readonly secrets: Secrets;
  readonly sessions: Sessions;
  readonly passwords: PasswordHasher;
  /** Stops the projectors, then closes what they used. */
  close(): Promise<void>;
}

const nameLog = async (bus: CommandBus, clock: Clock, ids: Ids): Promise<string> => {
  const command = { commandId: ids.next<CommandId>(), actor: null, correlationId: 'start' };
  const { state: known } = await bus.load(logAggregate, 'self');
  if (known.is === 'started') return known.logId;
  const started = await bus.execute(logAggregate, 'self', command, (state) =>
    startLog(state, { logId: ids.next<LogId>(), at: instant(clock.now()) }),
  );
  if (!started.ok || started.value.state.is !== 'started')
    throw new Error('The log could not be given an id.');
  return started.value.state.logId;
};

/** Read models of another log, or ahead of this one, are worth nothing: they are thrown away and built again. */
const superviseOrRebuild = async (
  { open, throwAway }: ReadStoreChoice,
  supervise: (store: ReadStore) => Promise<Supervisor<typeof projections>>,
  logger: Logger,
) => {
  const store = await open();
  try {
    return { store, supervisor: await supervise(store) };
  } catch (error) {
    await store.close();
    if (!(error instanceof ForeignReadStore) || throwAway === undefined) throw error;
    logger.warn({ reason: error.message }, 'the read models are thrown away and built again');
    await throwAway();
    const fresh = await open();
    return { store: fresh, supervisor: await supervise(fresh) };
  }
};

/**
 * Opens the embedded engines in `config.dataDir`, repairing what a crash left behind, and starts the projectors.
 * @throws DataDirectoryHeld when another process owns the directory; LogDamaged; Error naming a wrong key.
 */
export const openEngines = async (
  config: Config,
  { clock, chance, logger, hashing, aroundLog = (log) => log }: Surroundings,
): Promise<OpenEngines> => {
  const opened: (() => Promise<void> | void)[] = [];
  const closing = async () => {
    for (const close of opened.splice(0).reverse()) await close();
  };
  try {
    const { dataDir } = config;
    const around = {
      clock,
      chance,
      onNotice: (notice: string) => logger.warn({ notice }, 'an engine has something to say'),
    };
    const directory = holdDataDirectory(dataDir);
    opened.push(() => directory.release());
    const secrets = loadSecrets(config, dataDir, chance);
    const keys = await chooseSubjectKeys(config, secrets.master, around);
    opened.push(() => keys.close());
    const { log, check } = await chooseEventLog(config, around);
    opened.push(() => log.close());
    const codec = createCodec({ schemas: eventSchemas, upcasts, keys, chance });
    const bus = createCommandBus({ log: aroundLog(log), codec, clock });
    const ids = uuidv7(clock, chance);
    const logId = await nameLog(bus, clock, ids);
    const ephemeral = await chooseEphemeralStore(config, logId, around);
    opened.push(() => ephemeral.close());
    const refreshTtl = config.refreshTokenTtl * 1000;
    const sessions = createSessions({
      bus,
      records: createSessionRecords(ephemeral, refreshTtl),
      accessTokens: createAccessTokens({ keys: secrets.jwt, ttl: config.accessTokenTtl, clock }),
      refreshTokens: createRefreshTokens(secrets.derived('refresh-tokens')),
      clock,
      ids,
      refreshTtl,
      maxSessions: config.maxSessions,
    });
    const all = Object.values(projections) as unknown as readonly Projection[];
    const progress = createProgress({ projections: all, clock });
    const { store, supervisor } = await superviseOrRebuild(
      chooseReadStore(config, around),
      (readStore) => {
        const runtime: Runtime = { log, codec, store: readStore, ephemeral, progress, clock, chance, logger };
        return startSupervisor(runtime, { projections, logId });
      },
      logger,
    );
    opened.push(() => store.close());
    opened.push(() => supervisor.stop());
    opened.push(() => progress.close());
    const passwords = createPasswordHasher(hashing);
    opened.push(() => passwords.close());
    return {
      dataDir,
      log,
      logId,
      codec,
      bus,
      clock,
      chance,
      ids,
      projections: all,
      supervisor,
      store,
      ephemeral,
      progress,
      secrets,
      sessions,
      passwords,
      nameKey: secrets.name,
      hashPassword: (password) => passwords.hash(password),
      checkLog: check,
      close: closing,
    };
  } catch (error) {
    await closing();
    throw error;
  }
};
