import { createNameKeys } from '../../commands/name-keys.ts';
import { createRegistration, type Registration } from '../../commands/registration.ts';
import { createReservations } from '../../commands/reserve.ts';
import { deriveId, type CommandId } from '../../core/ids.ts';
import type { PasswordHasher } from '../../ports/password-hasher.ts';
import type { Engines } from '../engines.ts';
import type { Watch } from '../operation.ts';
import { OperationFailed } from '../protocol.ts';
import type { DemoUser } from './plan.ts';

/** One slow hash for all of them: they share the password anyway. */
const hashedOnce = (hash: string): PasswordHasher => ({
  hash: async () => hash,
  verify: async () => false,
  close: async () => undefined,
});

/** Under the planned name, or, where somebody has that already, under one of its own. */
const register = async (
  { bus }: Engines,
  registration: Registration,
  { id, username, email, bio }: DemoUser,
  password: string,
): Promise<string> => {
  const spare = `${username}-${id.slice(-6)}`;
  const wishes = [
    { username, email },
    { username: spare, email: `${spare}@example.org` },
  ];
  for (const wish of wishes) {
    const within = (step: string) => {
      const commandId = deriveId<CommandId>('demo-command', id, step, wish.username);
      const command = { commandId, actor: id, correlationId: 'demo' };
      const execute: Parameters<Registration['register']>[0]['execute'] = (
        aggregate,
        stream,
        decide,
        options,
      ) => bus.execute(aggregate, stream, command, decide, options);
      return { command, execute };
    };
    const registered = await registration.register(within('register'), { userId: id, password, ...wish });
    if (!registered.ok) continue;
    await registration.change(within('introduce'), id, { bio });
    return wish.username;
  }
  throw new OperationFailed(
    'failed',
    `The demonstration could not register ${username}: the names are taken.`,
  );
};

/** Answers the names under which they may log in. */
export const registerPeople = async (
  engines: Engines,
  users: readonly DemoUser[],
  password: string,
  watch: Watch<never>,
): Promise<readonly string[]> => {
  const { bus, clock, nameKey, hashPassword } = engines;
  const registration = createRegistration({
    reservations: createReservations(bus, clock),
    nameKeys: createNameKeys(nameKey),
    passwords: hashedOnce(await hashPassword(password)),
    clock,
  });
  const names: string[] = [];
  for (const user of users) {
    names.push(await register(engines, registration, user, password));
    await watch.progress({
      label: 'inviting people',
      done: names.length,
      total: users.length,
      unit: 'people',
    });
  }
  return names;
};
