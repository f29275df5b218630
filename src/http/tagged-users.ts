import { account } from '../commands/accounts/account.ts';
import type { CommandBus } from '../commands/execute.ts';
import type { UserId } from '../core/ids.ts';

/** Those of the ids behind which there is no account, by the accounts' own streams; at most 20 are asked for. */
export const findUnknownUsers = async (
  bus: CommandBus,
  ids: readonly UserId[],
): Promise<readonly UserId[]> => {
  const accounts = await Promise.all(ids.map((id) => bus.load(account, id)));
  return ids.filter((_, index) => accounts[index]!.state.is !== 'registered');
};
