import type { Aggregate } from '../core/aggregate.ts';
import { streamName, type CommandId, type StreamName, type UserId } from '../core/ids.ts';
import { latest, start, type Position } from '../core/position.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import type { Clock } from '../core/clock.ts';
import { isUndecodable, type EventCodec, type Recorded } from '../events/codec.ts';
import type { DomainEvent } from '../events/event-schema.ts';
import { WrongExpectedRevision, type EventLog, type RecordedEvent } from '../ports/event-log.ts';
import {
  createStreamCache,
  type LoadedStream,
  type RememberedCommand,
  type StreamCache,
} from './stream-cache.ts';
import { createStreamQueue } from './stream-queue.ts';

/** Who intends what, and within which request. */
export interface CommandContext {
  readonly commandId: CommandId;
  /** HMAC of the request; present when a client gave an idempotency key. */
  readonly requestMac?: string;
  readonly actor: UserId | null;
  readonly correlationId: string;
  readonly causationId?: string;
}

export interface ExecuteOptions {
  /** From `If-Match`: refused with `precondition_failed` when the stream has moved on. */
  readonly ifRevision?: number;
  /** Who does it, where the request itself does not say: somebody who registers, signs in or out. */
  readonly actor?: UserId;
}

/** What a command led to. `events` are the stored ones, also when this was a repeat. */
export interface Executed<State, Event extends DomainEvent> {
  readonly state: State;
  readonly events: readonly Recorded<Event>[];
  /** Of the stream's last event; -1 when the stream is still empty. */
  readonly revision: number;
  readonly position: Position;
  readonly repeated: boolean;
}

export type ExecuteRefusal = 'idempotency_key_reused' | 'precondition_failed';

/** The stream was taken by others again and again; nothing was written and the client may try again. */
export class TooMuchContention extends Error {
  override readonly name = 'TooMuchContention';
}

/** A stream that holds a record nobody can read cannot be decided upon; an operator must look at it. */
export class StreamUnreadable extends Error {
  override readonly name = 'StreamUnreadable';
}

/** The one way to the log: read, look for a repeat, decide, append, on a conflict start over (ARCHITECTURE rule 6). */
export interface CommandBus {
  execute<State, Event extends DomainEvent, Refusal extends string>(
    aggregate: Aggregate<State, Event>,
    id: string,
    command: CommandContext,
    decide: (state: State) => Result<readonly Event[], Refusal>,
    options?: ExecuteOptions,
  ): Promise<Result<Executed<State, Event>, Refusal | ExecuteRefusal>>;
  /** The state that a decision about another stream needs. */
  load<State, Event extends DomainEvent>(
    aggregate: Aggregate<State, Event>,
    id: string,
  ): Promise<{ readonly state: State; readonly revision: number }>;
  /** Drops remembered states (a subject was erased). */
  forget(): void;
}

/** The bus within one request: its command context, and the wait for what the request must see. */
export type Execute = <State, Event extends DomainEvent, R extends string>(
  aggregate: Aggregate<State, Event>,
  id: string,
  decide: (state: State) => Result<readonly Event[], R>,
  options?: ExecuteOptions,
) => Promise<Result<Executed<State, Event>, R | ExecuteRefusal>>;

const attempts = 32;
const readLimit = 1024;
/** Of one command. */
const mostEvents = 64;
/** Commands of one stream that a repeat is recognised of; what is older, the log refuses by the ids of its events. */
const mostCommands = 1024;

export const createCommandBus = (options: {
  readonly log: EventLog;
  readonly codec: EventCodec;
  readonly clock: Clock;
  /** Streams whose folded state is remembered. */
  readonly cacheSize?: number;
}): CommandBus => {
  const { log, codec, clock } = options;
  const cache: StreamCache = createStreamCache(options.cacheSize ?? 4096);
  const queue = createStreamQueue();

  const decode = async <Event extends DomainEvent>(
    records: readonly RecordedEvent[],
  ): Promise<Recorded<Event>[]> =>
    (await codec.open(records)).map((opened) => {
      if (isUndecodable(opened)) throw new StreamUnreadable(`${opened.stream}: ${opened.undecodable}`);
      return opened as Recorded<Event>;
    });

  /** Goes on from what is remembered, so that a stream is folded once, not once a command. `fresh` is what was new. */
  const catchUp = async <State, Event extends DomainEvent>(
    aggregate: Aggregate<State, Event>,
    stream: StreamName,
  ): Promise<{ readonly loaded: LoadedStream<State>; readonly fresh: readonly Recorded<Event>[] }> => {
    let fresh: readonly Recorded<Event>[] = [];
    let loaded = (cache.get(stream) as LoadedStream<State> | undefined) ?? {
      state: aggregate.initial,
      revision: -1,
      position: start,
      commands: new Map(),
    };
    for (;;) {
      const records = await log.readStream(stream, { from: loaded.revision + 1, limit: readLimit });
      if (records.length > 0) {
        fresh = await decode<Event>(records);
        loaded = advance(aggregate, loaded, fresh);
        cache.set(stream, loaded);
      }
      if (records.length < readLimit) return { loaded, fresh };
    }
  };

  /** A command's events stand together, in one append. */
  const stored = async <Event extends DomainEvent>(
    stream: StreamName,
    from: number,
    { commandId }: CommandContext,
  ): Promise<readonly Recorded<Event>[]> => {
    const found = await decode<Event>(await log.readStream(stream, { from, limit: mostEvents }));
    return found.filter(({ metadata }) => metadata.commandId === commandId);
  };

  const append = async (
    stream: StreamName,
    command: CommandContext,
    revision: number,
    events: readonly DomainEvent[],
  ) => {
    const sealed = await codec.seal(events, stream, command.commandId);
    const metadata = {
      commandId: command.commandId,
      actor: command.actor,
      correlationId: command.correlationId,
      causationId: command.causationId ?? command.commandId,
      ...(command.requestMac === undefined ? {} : { requestMac: command.requestMac }),
    };
    await log.append(
      stream,
      revision === -1 ? 'no_stream' : revision,
      sealed.map((event) => ({ metadata, ...event })),
    );
  };

  const attempt = async <State, Event extends DomainEvent, Refusal extends string>(
    aggregate: Aggregate<State, Event>,
    stream: StreamName,
    command: CommandContext,
    decide: (state: State) => Result<readonly Event[], Refusal>,
    { ifRevision }: ExecuteOptions,
  ): Promise<Result<Executed<State, Event>, Refusal | ExecuteRefusal>> => {
    const { loaded: before } = await catchUp(aggregate, stream);
    const earlier = before.commands.get(command.commandId);
    if (earlier !== undefined) {
      if (earlier.requestMac !== command.requestMac) return refuse('idempotency_key_reused');
      const events = await stored<Event>(stream, earlier.from, command);
      return ok(executed(before, events, true));
    }
    const decision = decide(before.state);
    if (!decision.ok) return decision;
    // Only now: what is missing or another's stays so whatever the precondition is (RFC 9110 13.2.1).
    if (ifRevision !== undefined && ifRevision !== before.revision) return refuse('precondition_failed');
    if (decision.value.length === 0) return ok(executed(before, [], false));
    await append(stream, command, before.revision, decision.value);
    const { loaded: after, fresh } = await catchUp(aggregate, stream);
    const count = decision.value.length;
    const own = fresh.filter(({ metadata }) => metadata.commandId === command.commandId);
    const events = own.length === count ? own : await stored<Event>(stream, before.revision + 1, command);
    return ok(executed(after, events, false));
  };

  return {
    execute: async (aggregate, id, command, decide, executeOptions = {}) => {
      const stream = streamName(aggregate.kind, id);
      const by = executeOptions.actor === undefined ? command : { ...command, actor: executeOptions.actor };
      for (let turn = 0; turn < attempts; turn += 1) {
        try {
          return await queue.run(stream, () => attempt(aggregate, stream, by, decide, executeOptions));
        } catch (error) {
          if (!(error instanceof WrongExpectedRevision)) throw error;
          if (turn > 4) await clock.sleep(turn);
        }
      }
      throw new TooMuchContention(`${stream} changed ${attempts} times while a command was being decided.`);
    },
    load: async (aggregate, id) => (await catchUp(aggregate, streamName(aggregate.kind, id))).loaded,
    forget: () => {
      cache.clear();
    },
  };
};

/** Its position is that of its own last event, or of the stream where it had nothing to add. */
const executed = <State, Event extends DomainEvent>(
  { state, revision, position }: LoadedStream<State>,
  events: readonly Recorded<Event>[],
  repeated: boolean,
): Executed<State, Event> => ({
  state,
  revision,
  events,
  position: events.at(-1)?.position ?? position,
  repeated,
});

/** What is remembered of commands grows in place: copying it would make a stream dearer the longer it gets. */
const advance = <State, Event extends DomainEvent>(
  aggregate: Aggregate<State, Event>,
  loaded: LoadedStream<State>,
  events: readonly Recorded<Event>[],
): LoadedStream<State> => {
  let { state, revision, position } = loaded;
  const commands = loaded.commands as Map<string, RememberedCommand>;
  for (const recorded of events) {
    state = aggregate.evolve(state, recorded.event);
    revision = recorded.revision;
    position = latest(position, recorded.position);
    const { commandId, requestMac } = recorded.metadata;
    if (!commands.has(commandId)) commands.set(commandId, { requestMac, from: recorded.revision });
  }
  for (const id of commands.keys()) {
    if (commands.size <= mostCommands) break;
    commands.delete(id);
  }
  return { state, revision, position, commands };
};
