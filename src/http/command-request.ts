import type { CommandContext } from '../commands/execute.ts';
import type { Millis } from '../core/clock.ts';
import { deriveId, type CommandId, type UserId } from '../core/ids.ts';
import { formatPosition, latest, type Position } from '../core/position.ts';
import type { KeyedRequest } from './idempotency.ts';
import { secondsSince } from './metrics.ts';
import type { RouteRequest, Who } from './route.ts';
import type { Services } from './services.ts';

/** What a command within one request has done so far. */
export interface CommandEffects {
  position: Position | undefined;
  pending: boolean;
}

type Any = RouteRequest<Who, undefined, undefined, undefined>;

export type CommandRequest = Pick<Any, 'newId' | 'execute'> & {
  readonly effects: CommandEffects;
  readonly commandContext: () => CommandContext;
};

/**
 * The part of a request that executes. It waits for the read models after each append, so that the handler's own
 * reading and the client's next one see what was done (SPEC 1).
 */
export const createCommandRequest = (
  services: Services,
  options: {
    readonly keyed: KeyedRequest | undefined;
    readonly actor: UserId | null;
    readonly correlationId: string;
    readonly ifRevision: number | undefined;
    readonly respondAsync: boolean;
    readonly timeout: Millis;
  },
): CommandRequest => {
  const { keyed } = options;
  const effects: CommandEffects = { position: undefined, pending: false };
  let command: CommandContext | undefined;
  // Most requests read and never need one.
  const commandContext = (): CommandContext =>
    (command ??= {
      commandId: keyed?.commandId ?? services.ids.next<CommandId>(),
      ...(keyed === undefined ? {} : { requestMac: keyed.mac }),
      actor: options.actor,
      correlationId: options.correlationId,
    });
  let until: Millis | undefined;
  return {
    effects,
    commandContext,
    newId: (purpose) => (keyed === undefined ? services.ids.next() : deriveId(keyed.commandId, purpose)),
    execute: async (aggregate, id, decide, given = {}) => {
      const ifRevision = given.ifRevision ?? options.ifRevision;
      const began = process.hrtime();
      const result = await services.bus.execute(
        aggregate,
        id,
        commandContext(),
        decide,
        ifRevision === undefined ? given : { ...given, ifRevision },
      );
      services.metrics.observeCommand(secondsSince(began));
      if (!result.ok) return result;
      const { events, position } = result.value;
      effects.position = effects.position === undefined ? position : latest(effects.position, position);
      if (events.length > 0 && !options.respondAsync) {
        // All of a request's commands share one wait.
        until ??= services.clock.now() + options.timeout;
        const left = Math.max(0, until - services.clock.now());
        if ((await services.consistency.waitFor(events, left)) === 'pending') effects.pending = true;
      }
      return result;
    },
  };
};

/** Headers that tell a client where its command stands in the log. */
export const effectHeaders = (
  logId: string,
  effects: CommandEffects,
  respondAsync: boolean,
): Record<string, string> => ({
  ...(effects.position === undefined
    ? {}
    : { 'storyline-position': formatPosition(logId, effects.position) }),
  ...(effects.pending ? { 'storyline-consistency': 'pending' } : {}),
  ...(respondAsync ? { 'preference-applied': 'respond-async' } : {}),
});
