import { instant, type Clock, type Instant, type Millis } from '../core/clock.ts';
import { deriveId, type CommandId, type UserId } from '../core/ids.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import { abandonClaim } from './accounts/abandon-claim.ts';
import { account, holdsName } from './accounts/account.ts';
import type { CommandBus, CommandContext } from './execute.ts';
import { claimName, type ClaimName } from './names/claim-name.ts';
import { confirmName, type SettleName } from './names/confirm-name.ts';
import { nameClaims, type NameClaim, type NameKind } from './names/name-claim.ts';
import { releaseName } from './names/release-name.ts';

/** A unique name by its key, and who wants it. */
export interface Wanted {
  readonly kind: NameKind;
  readonly key: string;
  readonly holder: UserId;
}

/** A claim that was granted: the one event of the holder's account that takes the name must carry its id. */
export interface GrantedClaim extends Wanted {
  readonly claim: string;
}

/**
 * Unique names by reservation streams (docs/decisions/0006-unique-names.md): claim, let the account carry the name,
 * confirm. Whoever dies on the way leaves a claim that lapses; who takes it over fences the account first.
 */
export interface Reservations {
  /** Whether a claim has a chance; writes nothing. */
  looksFree(wanted: Wanted): Promise<boolean>;
  claim(wanted: Wanted, command: CommandContext): Promise<Result<GrantedClaim, 'name_taken'>>;
  confirm(granted: GrantedClaim, command: CommandContext): Promise<void>;
  /** Gives back what was confirmed: the account carries another name now. */
  release(granted: GrantedClaim, command: CommandContext): Promise<void>;
  /** Gives back a claim that will not be used: fenced first, in case somebody else still tries. */
  abandon(granted: GrantedClaim, command: CommandContext): Promise<void>;
}

/** Longer than any registration takes; as long is a name shut away when its registrar dies. */
export const claimFor: Millis = 60_000;

/** Each step is a command of its own, as one command id stands for one decision in a stream. */
const step = (command: CommandContext, ...name: readonly string[]): CommandContext => {
  const { requestMac: _mac, ...context } = command;
  const commandId = deriveId<CommandId>('reserve', command.commandId, ...name);
  return { ...context, commandId, causationId: command.commandId };
};

export const createReservations = (bus: CommandBus, clock: Clock): Reservations => {
  const now = (): Instant => instant(clock.now());

  const settle = async (
    { kind, key, holder, claim }: GrantedClaim,
    command: CommandContext,
    decide: (state: NameClaim, settled: SettleName) => ReturnType<typeof confirmName>,
  ): Promise<void> => {
    const settled = await bus.execute(nameClaims[kind], key, step(command, decide.name, claim), (state) =>
      decide(state, { holder, claim, at: now() }),
    );
    if (!settled.ok) throw new Error(`A ${kind} could not be settled: ${settled.refusal}`);
  };

  /** Whether the holder can never come to carry the name by this claim, or does not any more. */
  const fence = async ({ key, holder, claim }: GrantedClaim, command: CommandContext): Promise<boolean> => {
    const fenced = await bus.execute(account, holder, step(command, 'fence', claim), (state) =>
      abandonClaim(state, { userId: holder, key, claim, at: now() }),
    );
    return fenced.ok;
  };

  const carries = async ({ key, holder }: Wanted): Promise<boolean> =>
    holdsName((await bus.load(account, holder)).state, key);

  /** Whether a hold found in the way is no good any more; a lapsed claim that was used is confirmed on the way. */
  const isEmpty = async (
    kind: NameKind,
    key: string,
    state: Exclude<NameClaim, { is: 'free' }>,
    command: CommandContext,
  ): Promise<boolean> => {
    const hold = { kind, key, holder: state.holder, claim: state.claim };
    if (state.is === 'confirmed') return !(await carries(hold));
    if (state.until > now()) return false;
    if (await fence(hold, command)) return true;
    await settle(hold, command, confirmName);
    return false;
  };

  const claim = async (
    wanted: Wanted,
    command: CommandContext,
  ): Promise<Result<GrantedClaim, 'name_taken'>> => {
    const { kind, key, holder } = wanted;
    const own = deriveId('claim', command.commandId, kind, key);
    let replacing: NameClaim | undefined;
    for (let turn = 0; ; turn += 1) {
      const at = clock.now();
      const intent: ClaimName = { holder, claim: own, at: instant(at), until: instant(at + claimFor) };
      const claimed = await bus.execute(
        nameClaims[kind],
        key,
        step(command, 'claim', key, String(at), String(turn)),
        (state) => claimName(state, replacing === undefined ? intent : { ...intent, replacing }),
      );
      if (claimed.ok) {
        const { state } = claimed.value;
        if (state.is === 'claimed' && state.holder === holder) return ok({ ...wanted, claim: state.claim });
      }
      const { state } = await bus.load(nameClaims[kind], key);
      if (state.is === 'free') continue;
      if (state.is === 'confirmed' && state.holder === holder && (await carries(wanted)))
        return ok({ ...wanted, claim: state.claim });
      if (!(await isEmpty(kind, key, state, command))) return refuse('name_taken');
      replacing = state;
    }
  };

  return {
    claim,
    looksFree: async ({ kind, key, holder }) => {
      const { state } = await bus.load(nameClaims[kind], key);
      if (state.is === 'free' || state.holder === holder) return true;
      if (state.is === 'claimed') return state.until <= now();
      return !(await carries({ kind, key, holder: state.holder }));
    },
    confirm: (granted, command) => settle(granted, command, confirmName),
    release: (granted, command) => settle(granted, command, releaseName),
    abandon: async (granted, command) => {
      if (await fence(granted, command)) await settle(granted, command, releaseName);
    },
  };
};
