import type { Logger } from 'pino';
import { createCredentials } from './commands/credentials.ts';
import { createNameKeys } from './commands/name-keys.ts';
import { createOneTimeCodes } from './commands/one-time-codes.ts';
import { createPresence, presenceCollection, type PresenceDocument } from './commands/presence.ts';
import { createRegistration } from './commands/registration.ts';
import { createReservations } from './commands/reserve.ts';
import type { Config } from './config.ts';
import type { Chance, Clock } from './core/clock.ts';
import { createAuthenticator } from './http/authenticator.ts';
import type { Services } from './http/services.ts';
import type { OpenEngines } from './open-engines.ts';
import type { Mailer } from './ports/mailer.ts';

export type AccountServices = Pick<
  Services,
  'authenticator' | 'sessions' | 'credentials' | 'codes' | 'registration' | 'passwords' | 'presence'
>;

/** What registering, signing in and being present are made of. */
export const composeAccounts = async (
  config: Config,
  { bus, store, ephemeral, secrets, sessions, passwords }: OpenEngines,
  around: {
    readonly clock: Clock;
    readonly chance: Chance;
    readonly logger: Logger;
    readonly mailer: Mailer;
  },
): Promise<AccountServices> => {
  const { clock, chance, logger, mailer } = around;
  const nameKeys = createNameKeys(secrets.name);
  const presence = createPresence({
    ephemeral,
    collection: await store.collection<PresenceDocument>(presenceCollection, 1),
    clock,
    onError: (error) => logger.warn({ err: error }, 'presence was not written down'),
  });
  const reservations = createReservations(bus, clock);
  const credentials = createCredentials({ bus, nameKeys, passwords });
  const codes = createOneTimeCodes({
    credentials,
    nameKeys,
    ephemeral,
    mailer,
    chance,
    key: secrets.derived('one-time-codes'),
    ttl: config.codeTtl * 1000,
    onError: (error) => logger.error({ err: error }, 'a one-time code was not mailed'),
  });
  return {
    authenticator: createAuthenticator(sessions, presence),
    sessions,
    credentials,
    codes,
    registration: createRegistration({ reservations, nameKeys, passwords, clock }),
    passwords,
    presence,
  };
};
