import { createSecretKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { account, holdsName, type Account } from '../../src/commands/accounts/account.ts';
import { createCommandBus, type CommandContext } from '../../src/commands/execute.ts';
import { createNameKeys } from '../../src/commands/name-keys.ts';
import type { NameKind } from '../../src/commands/names/name-claim.ts';
import { createRegistration, type NewProfile } from '../../src/commands/registration.ts';
import { claimFor, createReservations } from '../../src/commands/reserve.ts';
import { systemChance, systemClock, type Clock } from '../../src/core/clock.ts';
import { deriveId, type CommandId, type UserId } from '../../src/core/ids.ts';
import { start } from '../../src/core/position.ts';
import { accountEvents, type AccountEvent } from '../../src/events/account.ts';
import { createCodec, isUndecodable } from '../../src/events/codec.ts';
import { nameClaimEvents } from '../../src/events/name-claim.ts';
import type { EventLog } from '../../src/ports/event-log.ts';

/** One process: its own command bus over the log that all share. */
export interface Process {
  register(userId: UserId, username: string, email?: string): Promise<boolean>;
  change(userId: UserId, wish: NewProfile): Promise<boolean>;
}

export interface NamesWorld {
  readonly log: EventLog;
  /** After this every claim of before has lapsed. */
  lapse(): void;
  process(log?: EventLog): Process;
  /** Of the accounts in the log, those that carry the name. */
  holders(kind: NameKind, name: string): Promise<readonly UserId[]>;
  close(): Promise<void>;
}

let commands = 0;

export const openNamesWorld = async (): Promise<NamesWorld> => {
  const directory = await mkdtemp(join(tmpdir(), 'storyline-'));
  const log = await openEventLog({ directory, clock: systemClock, chance: systemChance });
  let ahead = 0;
  const clock: Clock = {
    now: () => systemClock.now() + ahead,
    sleep: (duration) => systemClock.sleep(duration),
  };
  const key = { id: 'k', key: createSecretKey(systemChance.bytes(32)) };
  const codec = createCodec({
    schemas: [...accountEvents, ...nameClaimEvents],
    upcasts: [],
    keys: { ensure: async () => key, find: async () => key },
    chance: systemChance,
  });
  const nameKeys = createNameKeys(createSecretKey(systemChance.bytes(32)));
  const passwords = { hash: async () => 'hash', verify: async () => true, close: async () => undefined };

  const createProcess = (through: EventLog = log): Process => {
    const bus = createCommandBus({ log: through, codec, clock });
    const reservations = createReservations(bus, clock);
    const registration = createRegistration({ reservations, nameKeys, passwords, clock });
    const within = () => {
      const commandId = deriveId<CommandId>('test', String((commands += 1)));
      const command: CommandContext = { commandId, actor: null, correlationId: 'test' };
      const execute: Parameters<typeof registration.register>[0]['execute'] = (
        aggregate,
        id,
        decide,
        options,
      ) => bus.execute(aggregate, id, command, decide, options);
      return { execute, command };
    };
    return {
      register: async (userId, username, email) =>
        (await registration.register(within(), { userId, username, email, password: 'secret' })).ok,
      change: async (userId, wish) => (await registration.change(within(), userId, wish)).ok,
    };
  };

  const accounts = async (): Promise<Map<string, Account>> => {
    const folded = new Map<string, Account>();
    let after = start;
    for (;;) {
      const records = await log.readAll({ after, limit: 1024 });
      for (const opened of await codec.open(records)) {
        if (isUndecodable(opened)) throw new Error(opened.undecodable);
        if (!opened.stream.startsWith('account-')) continue;
        const state = folded.get(opened.stream) ?? account.initial;
        folded.set(opened.stream, account.evolve(state, opened.event as AccountEvent));
      }
      const last = records.at(-1);
      if (last === undefined) return folded;
      after = last.position;
    }
  };

  return {
    log,
    lapse: () => {
      ahead += claimFor + 1;
    },
    process: createProcess,
    holders: async (kind, name) => {
      const wanted = nameKeys(kind, name);
      return [...(await accounts())]
        .filter(([, state]) => holdsName(state, wanted))
        .map(([stream]) => stream.slice('account-'.length) as UserId);
    },
    close: async () => {
      await log.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
};

let users = 0;
export const somebody = (): UserId => deriveId<UserId>('somebody', String((users += 1)));
