import { backOff } from '../core/back-off.ts';
import type { Chance, Clock, Millis } from '../core/clock.ts';
import type { Position } from '../core/position.ts';
import { isUndecodable, type EventCodec, type Recorded } from '../events/codec.ts';
import type { DomainEvent } from '../events/event-schema.ts';
import type { EventLog, RecordedEvent } from '../ports/event-log.ts';
import type { Logger } from '../ports/logger.ts';
import type { Collection, ParkedDocument, ReadStore } from '../ports/read-store.ts';

/**
 * What happens because an event happened. It runs at least once for each event, in the log's order; its only effects
 * are commands, jobs and mails whose ids derive from the event, so that a second run changes nothing.
 */
export interface Reaction<Services, Event extends DomainEvent = DomainEvent> {
  /** Carries a version: `send-mail@1`. A new name begins at the head of the log. */
  readonly name: string;
  readonly handles: readonly Event['type'][];
  /** An exception means: try again later. */
  readonly react: (recorded: Recorded<Event>, services: Services) => Promise<void>;
  /** Tries before the event becomes a dead letter. */
  readonly tries?: number;
}

/** An event whose effect failed again and again; it waits for an operator, the ones behind it went on. */
export interface DeadLetter {
  readonly reaction: string;
  readonly eventId: string;
  readonly position: Position;
  readonly reason: string;
}

export type LetterRetried = 'done' | 'failed_again' | 'no_such_letter';

export interface ReactionRunner {
  readonly name: string;
  /** Of the last event whose effect is done, parked or not needed. */
  position(): Position | undefined;
  deadLetters(): Promise<readonly DeadLetter[]>;
  retry(eventId: string): Promise<LetterRetried>;
  /** Gives the effect up for good; answers whether there was such a letter. */
  skip(eventId: string): Promise<boolean>;
  /** Resolves when the effect under way is done and its checkpoint stored. */
  stop(): Promise<void>;
}

export interface ReactionRuntime {
  readonly log: EventLog;
  readonly codec: EventCodec;
  readonly store: ReadStore;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly logger: Logger;
}

/** With the waits between them some two minutes: a short outage of a mail server makes no dead letter. */
const defaultTries = 12;
const longestWait: Millis = 60_000;
const ignoredBeforeCheckpoint = 8_192;
const idleCheckpoint: Millis = 1_000;

/** Checkpoint and dead letters lie in a collection that holds no document. */
export const reactionCollection = (store: ReadStore, name: string): Promise<Collection<object>> =>
  store.collection<object>({ name: `reaction-${name}`, indexes: [] }, 1);

export const startReaction = <Services, Event extends DomainEvent>(
  runtime: ReactionRuntime,
  reaction: Reaction<Services, Event>,
  services: Services,
): ReactionRunner => {
  const { log, codec, store, clock, chance, logger } = runtime;
  const { name, tries = defaultTries } = reaction;
  const handled = new Set<string>(reaction.handles);
  const stopping = new AbortController();
  const opening = reactionCollection(store, name);
  opening.catch(() => undefined);
  let done: Position | undefined;
  let stored: Position | undefined;
  let ignored = 0;
  let saved: Millis = clock.now();

  const save = async (): Promise<void> => {
    if (done === undefined || stored === done) return;
    const position = done;
    await (await opening).write([], { partition: 0, position });
    [stored, ignored, saved] = [position, 0, clock.now()];
  };

  const reactOnce = async (record: RecordedEvent): Promise<void> => {
    const [opened] = await codec.open([record]);
    if (opened === undefined || isUndecodable(opened)) throw new Error(opened?.undecodable ?? 'not opened');
    await reaction.react(opened as Recorded<Event>, services);
  };

  const park = async (record: RecordedEvent, error: unknown): Promise<void> => {
    const reason = error instanceof Error ? error.message : String(error);
    const letter = { id: record.id, eventId: record.id, position: record.position, reason };
    await (await opening).park(letter);
    logger.error({ reaction: name, letter }, 'An effect failed too often and waits as dead letter');
  };

  /** Answers false when the program stops before the effect is done. */
  const react = async (record: RecordedEvent): Promise<boolean> => {
    for (let attempt = 1; !stopping.signal.aborted; attempt += 1) {
      try {
        await reactOnce(record);
        return true;
      } catch (error) {
        if (attempt >= tries) {
          await park(record, error);
          return true;
        }
        logger.warn(
          { reaction: name, event: record.id, attempt, error },
          'An effect failed and is tried again',
        );
        await clock.sleep(backOff(attempt, chance, { first: 50, longest: longestWait }), stopping.signal);
      }
    }
    return false;
  };

  const handle = async (records: readonly RecordedEvent[]): Promise<void> => {
    for (const record of records) {
      if (done !== undefined && record.position <= done) continue;
      if (!handled.has(record.type)) {
        done = record.position;
        ignored += 1;
        continue;
      }
      if (!(await react(record))) return;
      done = record.position;
      await save();
    }
    if (ignored >= ignoredBeforeCheckpoint || clock.now() - saved >= idleCheckpoint) await save();
  };

  const begin = async (): Promise<Position> => {
    const collection = await opening;
    stored = await collection.checkpoint(0);
    if (stored !== undefined) return stored;
    done = await log.head();
    await save();
    return done;
  };

  const run = async (): Promise<void> => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        done ??= await begin();
        // A checkpoint that could not be stored comes before further effects, or a cut-off repeats more than one.
        await save();
        for await (const batch of log.follow(done, stopping.signal)) {
          await handle(batch);
          failures = 0;
          if (stopping.signal.aborted) break;
        }
      } catch (error) {
        failures += 1;
        logger.warn({ reaction: name, failures, error }, 'A reaction could not go on and begins again');
        await clock.sleep(backOff(failures, chance), stopping.signal);
      }
    }
  };

  const letterOf = async (eventId: string): Promise<ParkedDocument | undefined> =>
    (await (await opening).parked()).find((letter) => letter.id === eventId);

  const running = run();

  return {
    name,
    position: () => done,
    deadLetters: async () =>
      (await (await opening).parked()).map(({ eventId, position, reason }) => ({
        reaction: name,
        eventId,
        position,
        reason,
      })),
    retry: async (eventId) => {
      const letter = await letterOf(eventId);
      if (letter === undefined) return 'no_such_letter';
      const [record] = await log.readAll({ after: (letter.position - 1n) as Position, limit: 1 });
      if (record?.id !== eventId) return 'no_such_letter';
      try {
        await reactOnce(record);
      } catch (error) {
        await park(record, error);
        return 'failed_again';
      }
      await (await opening).release(eventId);
      return 'done';
    },
    skip: async (eventId) => {
      if ((await letterOf(eventId)) === undefined) return false;
      await (await opening).release(eventId);
      return true;
    },
    stop: async () => {
      stopping.abort();
      await running;
      await save().catch((error: unknown) => {
        logger.warn({ reaction: name, error }, 'A checkpoint was not stored');
      });
    },
  };
};
