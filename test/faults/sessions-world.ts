import { createSecretKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEphemeralStore } from '../../src/adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { openEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { createAccessTokens } from '../../src/commands/access-tokens.ts';
import { account } from '../../src/commands/accounts/account.ts';
import { changePassword } from '../../src/commands/accounts/change-password.ts';
import { registerAccount } from '../../src/commands/accounts/register-account.ts';
import { createCommandBus, type CommandContext, type Execute } from '../../src/commands/execute.ts';
import { createRefreshTokens } from '../../src/commands/refresh-tokens.ts';
import { createSessionRecords } from '../../src/commands/session-records.ts';
import type { TokenPair } from '../../src/commands/live-sessions.ts';
import { createSessions, type Sessions } from '../../src/commands/sessions.ts';
import { instant, systemChance, systemClock, type Clock, type Millis } from '../../src/core/clock.ts';
import { deriveId, uuidv7, type CommandId, type SessionId, type UserId } from '../../src/core/ids.ts';
import { accountEvents } from '../../src/events/account.ts';
import { createCodec } from '../../src/events/codec.ts';
import type { EphemeralStore } from '../../src/ports/ephemeral-store.ts';
import type { EventLog } from '../../src/ports/event-log.ts';

/** What one process does with sessions; its own command bus over the log and store that all share. */
export interface SessionsProcess {
  readonly sessions: Sessions;
  signIn(userId: UserId, sessionId: SessionId): Promise<TokenPair>;
  signOut(userId: UserId, sessionId: SessionId): Promise<void>;
  changePassword(userId: UserId): Promise<void>;
  refresh(token: string): Promise<TokenPair | string>;
  /** Whether the account's stream says that the session is open. */
  open(userId: UserId, sessionId: SessionId): Promise<boolean>;
}

export interface SessionsWorld {
  readonly log: EventLog;
  readonly ephemeral: EphemeralStore;
  advance(by: Millis): void;
  register(): Promise<UserId>;
  process(ports?: { readonly log?: EventLog; readonly ephemeral?: EphemeralStore }): SessionsProcess;
  close(): Promise<void>;
}

let made = 0;
const fresh = (): string => String((made += 1));
export const newSession = (): SessionId => deriveId<SessionId>('session', fresh());

const name = (letter: string) => ({ name: 'x', key: letter.repeat(64), claim: deriveId('claim', letter) });

export const openSessionsWorld = async (): Promise<SessionsWorld> => {
  const directory = await mkdtemp(join(tmpdir(), 'storyline-'));
  let ahead = 0;
  const clock: Clock = {
    now: () => systemClock.now() + ahead,
    sleep: (duration) => systemClock.sleep(duration),
  };
  const chance = systemChance;
  const log = await openEventLog({ directory, clock, chance });
  const ephemeral = await openEphemeralStore({ directory: join(directory, 'ephemeral'), clock, chance });
  const secret = createSecretKey(chance.bytes(32));
  const keys = {
    ensure: async () => ({ id: 'k', key: secret }),
    find: async () => ({ id: 'k', key: secret }),
  };
  const codec = createCodec({ schemas: accountEvents, upcasts: [], keys, chance });
  const at = () => instant(clock.now());
  const refreshTtl = 2_592_000_000;

  const createProcess: SessionsWorld['process'] = (ports = {}) => {
    const bus = createCommandBus({ log: ports.log ?? log, codec, clock });
    const execute: Execute = (aggregate, id, decide, options) => {
      const commandId = deriveId<CommandId>('command', fresh());
      const command: CommandContext = { commandId, actor: null, correlationId: 'test' };
      return bus.execute(aggregate, id, command, decide, options);
    };
    const sessions = createSessions({
      bus,
      records: createSessionRecords(ports.ephemeral ?? ephemeral, refreshTtl),
      accessTokens: createAccessTokens({ keys: [{ id: 'k1', key: secret }], ttl: 900, clock }),
      refreshTokens: createRefreshTokens(secret),
      clock,
      ids: uuidv7(clock, chance),
      refreshTtl,
      maxSessions: 1,
    });
    const device = { userAgent: 'test', address: '192.0.2.1' };
    return {
      sessions,
      signIn: async (userId, sessionId) => {
        const command = { sessionId, how: 'password', device, at: at() } as const;
        const signedIn = await sessions.signIn(execute, userId, command);
        if (!signedIn.ok) throw new Error(signedIn.refusal);
        return signedIn.value.tokens;
      },
      signOut: async (userId, sessionId) => {
        await sessions.end(execute, userId, { sessionId, why: 'sign_out' });
      },
      changePassword: async (userId) => {
        await sessions.change(execute, userId, (state) =>
          changePassword(state, { passwordHash: 'new', how: 'old_password', at: at() }),
        );
      },
      refresh: async (token) => {
        const refreshed = await sessions.refresh(execute, token, undefined);
        return refreshed.ok ? refreshed.value : refreshed.refusal;
      },
      open: async (userId, sessionId) => {
        const { state } = await bus.load(account, userId);
        return state.is === 'registered' && state.sessions.some(({ id }) => id === sessionId);
      },
    };
  };

  return {
    log,
    ephemeral,
    advance: (by) => {
      ahead += by;
    },
    process: createProcess,
    register: async () => {
      const userId = deriveId<UserId>('user', fresh());
      const command: CommandContext = {
        commandId: deriveId<CommandId>('command', fresh()),
        actor: null,
        correlationId: 'test',
      };
      await createCommandBus({ log, codec, clock }).execute(account, userId, command, (state) =>
        registerAccount(state, {
          userId,
          username: name('a'),
          email: null,
          login: 'username',
          passwordHash: 'hash',
          at: at(),
        }),
      );
      return userId;
    },
    close: async () => {
      await ephemeral.close();
      await log.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
