import { instant, type Clock } from '../core/clock.ts';
import type { UserId } from '../core/ids.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import type { AccountEvent } from '../events/account.ts';
import type { PasswordHasher } from '../ports/password-hasher.ts';
import { account, type Account } from './accounts/account.ts';
import { changeProfile } from './accounts/change-profile.ts';
import { registerAccount, type ClaimedName } from './accounts/register-account.ts';
import type { CommandContext, Execute, Executed, ExecuteOptions, ExecuteRefusal } from './execute.ts';
import type { NameKeys } from './name-keys.ts';
import type { NameKind } from './names/name-claim.ts';
import type { GrantedClaim, Reservations } from './reserve.ts';

export interface NewAccount {
  readonly userId: UserId;
  readonly username: string | undefined;
  readonly email: string | undefined;
  readonly password: string;
}

export interface NewProfile {
  readonly username?: string;
  readonly email?: string;
  readonly bio?: string | null;
}

type Taken = 'username_taken' | 'email_taken';
type AccountExecuted = Executed<Account, AccountEvent>;

/** Who registers or changes a name, within one request. */
interface Within {
  readonly execute: Execute;
  readonly command: CommandContext;
}

export interface Registration {
  register(within: Within, wish: NewAccount): Promise<Result<AccountExecuted, Taken | ExecuteRefusal>>;
  change(
    within: Within,
    userId: UserId,
    wish: NewProfile,
    options?: ExecuteOptions,
  ): Promise<Result<AccountExecuted, Taken | 'account_not_found' | ExecuteRefusal>>;
}

interface Name {
  readonly kind: NameKind;
  readonly name: string;
}

interface Granted extends Name {
  readonly granted: GrantedClaim;
}

/** From the id, so that a repeat makes the same. Nobody else has it: its end is chance. */
const madeUp = (userId: UserId): string => `user-${userId.slice(-12)}`;

const asClaimed = (names: readonly Granted[], kind: NameKind): ClaimedName | undefined => {
  const found = names.find((one) => one.kind === kind);
  return found === undefined
    ? undefined
    : { name: found.name, key: found.granted.key, claim: found.granted.claim };
};

/** Registering and renaming: claims around the one event that takes the names (docs/decisions/0006-unique-names.md). */
export const createRegistration = (options: {
  readonly reservations: Reservations;
  readonly nameKeys: NameKeys;
  readonly passwords: PasswordHasher;
  readonly clock: Clock;
}): Registration => {
  const { reservations, nameKeys, passwords, clock } = options;

  const giveBack = (granted: readonly Granted[], command: CommandContext) =>
    Promise.all(granted.map((one) => reservations.abandon(one.granted, command)));

  /** All of the names, or none. */
  const claimAll = async (
    names: readonly Name[],
    holder: UserId,
    command: CommandContext,
  ): Promise<Result<readonly Granted[], Taken>> => {
    const wanted = names.map((one) => ({ ...one, holder, key: nameKeys(one.kind, one.name) }));
    for (const one of wanted) if (!(await reservations.looksFree(one))) return refuse(`${one.kind}_taken`);
    const claims = await Promise.all(
      wanted.map(async ({ kind, name, key }) => ({
        kind,
        name,
        claimed: await reservations.claim({ kind, key, holder }, command),
      })),
    );
    const granted = claims.flatMap(({ kind, name, claimed }) =>
      claimed.ok ? [{ kind, name, granted: claimed.value }] : [],
    );
    const refused = claims.find(({ claimed }) => !claimed.ok);
    if (refused === undefined) return ok(granted);
    await giveBack(granted, command);
    return refuse(`${refused.kind}_taken`);
  };

  const confirmAll = (granted: readonly Granted[], command: CommandContext) =>
    Promise.all(granted.map((one) => reservations.confirm(one.granted, command)));

  const releaseOld = async (before: Account, after: Account, command: CommandContext): Promise<void> => {
    if (before.is !== 'registered' || after.is !== 'registered') return;
    const { userId: holder, usernameKey, usernameClaim, emailKey, emailClaim } = before;
    if (usernameKey !== after.usernameKey)
      await reservations.release(
        { kind: 'username', key: usernameKey, holder, claim: usernameClaim },
        command,
      );
    if (emailKey !== null && emailClaim !== null && emailKey !== after.emailKey)
      await reservations.release({ kind: 'email', key: emailKey, holder, claim: emailClaim }, command);
  };

  return {
    register: async ({ execute, command }, { userId, username, email, password }) => {
      const passwordHash = await passwords.hash(password);
      const names: Name[] = [
        { kind: 'username', name: username ?? madeUp(userId) },
        ...(email === undefined ? [] : [{ kind: 'email' as const, name: email }]),
      ];
      const claimed = await claimAll(names, userId, command);
      if (!claimed.ok) return claimed;
      const registered = await execute(
        account,
        userId,
        (state) =>
          registerAccount(state, {
            userId,
            username: asClaimed(claimed.value, 'username')!,
            email: asClaimed(claimed.value, 'email') ?? null,
            login: username === undefined ? 'email' : 'username',
            passwordHash,
            at: instant(clock.now()),
          }),
        { actor: userId },
      );
      if (registered.ok) await confirmAll(claimed.value, command);
      else if (registered.refusal === 'registration_lapsed') return refuse('username_taken');
      else await giveBack(claimed.value, command);
      return registered as Result<AccountExecuted, Taken | ExecuteRefusal>;
    },

    change: async ({ execute, command }, userId, { username, email, bio }, executeOptions) => {
      const names: Name[] = [
        ...(username === undefined ? [] : [{ kind: 'username' as const, name: username }]),
        ...(email === undefined ? [] : [{ kind: 'email' as const, name: email }]),
      ];
      const claimed = await claimAll(names, userId, command);
      if (!claimed.ok) return claimed;
      const newUsername = asClaimed(claimed.value, 'username');
      const newEmail = asClaimed(claimed.value, 'email');
      const before: Account[] = [];
      const changed = await execute(
        account,
        userId,
        (state) => {
          before[0] = state;
          return changeProfile(state, {
            ...(newUsername === undefined ? {} : { username: newUsername }),
            ...(newEmail === undefined ? {} : { email: newEmail }),
            ...(bio === undefined ? {} : { bio }),
            at: instant(clock.now()),
          });
        },
        executeOptions,
      );
      if (!changed.ok) {
        await giveBack(claimed.value, command);
        return changed;
      }
      await confirmAll(claimed.value, command);
      if (before[0] !== undefined) await releaseOld(before[0], changed.value.state, command);
      return changed;
    },
  };
};
