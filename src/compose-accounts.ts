import type { Logger } from 'pino';
import { createAccessTokens } from './commands/access-tokens.ts';
import { createCredentials } from './commands/credentials.ts';
import { createNameKeys } from './commands/name-keys.ts';
import { createPresence, presenceCollection, type PresenceDocument } from './commands/presence.ts';
import { createRefreshTokens } from './commands/refresh-tokens.ts';
import { createRegistration } from './commands/registration.ts';
import { createReservations } from './commands/reserve.ts';
import { createSessionRecords } from './commands/session-records.ts';
import { createSessions } from './commands/sessions.ts';
import type { Config } from './config.ts';
import type { Clock } from './core/clock.ts';
import { createAuthenticator } from './http/authenticator.ts';
import type { Services } from './http/services.ts';
import type { OpenEngines } from './open-engines.ts';

export type AccountServices = Pick<
  Services,
  'authenticator' | 'sessions' | 'credentials' | 'registration' | 'passwords' | 'presence'
>;

/** What registering, signing in and being present are made of. */
export const composeAccounts = async (
  config: Config,
  { bus, store, ephemeral, ids, secrets, passwords }: OpenEngines,
  around: { readonly clock: Clock; readonly logger: Logger },
): Promise<AccountServices> => {
  const { clock, logger } = around;
  const refreshTtl = config.refreshTokenTtl * 1000;
  const nameKeys = createNameKeys(secrets.name);
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
  const presence = createPresence({
    ephemeral,
    collection: await store.collection<PresenceDocument>(presenceCollection, 1),
    clock,
    onError: (error) => logger.warn({ err: error }, 'presence was not written down'),
  });
  const reservations = createReservations(bus, clock);
  return {
    authenticator: createAuthenticator(sessions, presence),
    sessions,
    credentials: createCredentials({ bus, nameKeys, passwords }),
    registration: createRegistration({ reservations, nameKeys, passwords, clock }),
    passwords,
    presence,
  };
};
