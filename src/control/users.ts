import { Type } from '@sinclair/typebox';
import { account, type Account } from '../commands/accounts/account.ts';
import { disableAccount } from '../commands/accounts/disable-account.ts';
import { enableAccount } from '../commands/accounts/enable-account.ts';
import { createNameKeys } from '../commands/name-keys.ts';
import { nameClaims, type NameKind } from '../commands/names/name-claim.ts';
import { instant, type Instant } from '../core/clock.ts';
import { parseId, type CommandId, type UserId } from '../core/ids.ts';
import type { Result } from '../core/result.ts';
import type { AccountEvent } from '../events/account.ts';
import type { StoredDocument } from '../ports/read-store.ts';
import type { UserDocument } from '../projections/users.ts';
import type { Engines } from './engines.ts';
import { defineOperation } from './operation.ts';
import { OperationFailed } from './protocol.ts';

const listParams = Type.Object(
  { prefix: Type.String({ maxLength: 30, pattern: '^[A-Za-z0-9._-]*$', default: '' }) },
  { additionalProperties: false },
);

export interface ListedUser {
  readonly id: string;
  readonly username: string | null;
  readonly is_active: boolean;
  readonly created_at: Instant;
  readonly posts_count: number;
}

const pageSize = 512;
/** Sorts behind every character that a username may hold. */
const beyond = '\u007f';

const listed = ({ id, value }: StoredDocument<UserDocument>): ListedUser => ({
  id,
  username: value.username,
  is_active: value.isActive,
  created_at: value.createdAt,
  posts_count: value.postsCount,
});

/** People by username, as items. */
export const usersList = defineOperation<typeof listParams, ListedUser, { readonly users: number }>({
  params: listParams,
  run: async ({ supervisor }, { prefix }, { item, signal }) => {
    const wanted = prefix.toLowerCase();
    const range = { from: wanted, to: `${wanted}${beyond}` };
    let users = 0;
    let last: StoredDocument<UserDocument> | undefined;
    do {
      const after =
        last === undefined ? {} : { after: { key: [last.value.usernameLower ?? ''], id: last.id } };
      const page = await supervisor.models.users.find({
        index: 'by-username',
        range,
        ...after,
        limit: pageSize,
      });
      for (const user of page) await item(listed(user));
      users += page.length;
      last = page.length < pageSize ? undefined : page.at(-1);
    } while (last !== undefined && !signal.aborted);
    return { users };
  },
});

/** By the log, so also a moment after they registered. */
const findUser = async ({ bus, nameKey }: Engines, who: string): Promise<UserId | undefined> => {
  const id = parseId<UserId>(who);
  if (id !== undefined) return id;
  const kind: NameKind = who.includes('@') ? 'email' : 'username';
  const { state } = await bus.load(nameClaims[kind], createNameKeys(nameKey)(kind, who));
  return state.is === 'free' ? undefined : parseId<UserId>(state.holder);
};

const changeParams = Type.Object(
  /** An id, a username or an e-mail. */
  { user: Type.String({ minLength: 1, maxLength: 254 }) },
  { additionalProperties: false },
);

export interface ChangedUser {
  readonly id: string;
  /** False when it was so already. */
  readonly changed: boolean;
}

type Decision = (
  state: Account,
  change: { readonly at: Instant },
) => Result<AccountEvent[], 'account_not_found'>;

const changeUser = (decide: Decision) =>
  defineOperation<typeof changeParams, never, ChangedUser>({
    params: changeParams,
    run: async (engines, { user }) => {
      const { bus, clock, ids, sessions } = engines;
      const missing = new OperationFailed(
        'not-found',
        `There is no account ${user}. Try: storyline users list`,
      );
      const id = await findUser(engines, user);
      if (id === undefined || (await bus.load(account, id)).state.is !== 'registered') throw missing;
      const command = { commandId: ids.next<CommandId>(), actor: null, correlationId: 'command-line' };
      const changed = await sessions.change(
        (aggregate, stream, decision, options) => bus.execute(aggregate, stream, command, decision, options),
        id,
        (state) => decide(state, { at: instant(clock.now()) }),
      );
      if (!changed.ok) throw missing;
      return { id, changed: changed.value.events.length > 0 };
    },
  });

/** Shuts an account: its sessions end at once, nobody signs in to it. What it wrote stays. */
export const usersDisable = changeUser(disableAccount);

export const usersEnable = changeUser(enableAccount);
