import { Type } from '@sinclair/typebox';
import pino from 'pino';
import type { Aggregate } from '../../src/core/aggregate.ts';
import type { Brand } from '../../src/core/brand.ts';
import { instant, systemChance, systemClock, type Clock } from '../../src/core/clock.ts';
import { uuidv7, type EventId, type SessionId, type StreamName, type UserId } from '../../src/core/ids.ts';
import { start, type Position } from '../../src/core/position.ts';
import { ok, refuse, type Result } from '../../src/core/result.ts';
import type { CommandBus, CommandContext } from '../../src/commands/execute.ts';
import type { Recorded } from '../../src/events/codec.ts';
import type { DomainEvent } from '../../src/events/event-schema.ts';
import { createApp } from '../../src/http/app.ts';
import { healthRoutes } from '../../src/http/health.ts';
import { defaultServerSettings, type HttpOptions, type ServerSettings } from '../../src/http/http-options.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { createRateLimits } from '../../src/http/rate-limits.ts';
import { route, type Route } from '../../src/http/route.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import type { Services } from '../../src/http/services.ts';
import type { EphemeralStore } from '../../src/ports/ephemeral-store.ts';

type NoteId = Brand<string, 'NoteId'>;
type NoteEvent =
  | { readonly type: 'NoteWritten'; readonly v: 1; readonly text: string }
  | { readonly type: 'NoteRemoved'; readonly v: 1 };
interface Note {
  readonly text: string | undefined;
}

const notes: Aggregate<Note, NoteEvent> = {
  kind: 'note',
  initial: { text: undefined },
  evolve: (_note, event) => ({ text: event.type === 'NoteWritten' ? event.text : undefined }),
};

const NoteSchema = Type.Object(
  { id: Type.String({ format: 'uuid' }), text: Type.String() },
  { $id: 'NoteSchema' },
);
const WriteNoteSchema = Type.Object(
  {
    text: Type.String({ minLength: 1, maxLength: 2000 }),
    stars: Type.Optional(Type.Integer({ minimum: 0, maximum: 5 })),
  },
  { $id: 'WriteNoteSchema' },
);
const noteParameters = Type.Object({ note_id: Type.Unsafe<NoteId>(Type.String({ format: 'uuid' })) });
const described = (description: string) => ({ description, schema: NoteSchema });

const write = (text: string) => (): Result<readonly NoteEvent[], never> =>
  ok([{ type: 'NoteWritten', v: 1, text }]);
const remove = (): Result<readonly NoteEvent[], never> => ok([{ type: 'NoteRemoved', v: 1 }]);

/** Two small resources that use everything the framework offers. */
export const testRoutes: readonly Route[] = [
  route({
    name: 'writeNote',
    method: 'POST',
    path: '/notes',
    tag: 'notes',
    summary: 'Write a note',
    who: 'user',
    body: WriteNoteSchema,
    replies: { 201: described('Written.') },
    refusals: ['idempotency_key_reused', 'precondition_failed'],
    handler: async ({ newId, execute, body, mount }) => {
      const id = newId<NoteId>('note');
      const done = await execute(notes, id, write(body.text));
      if (!done.ok) return done;
      return {
        status: 201,
        body: { id, text: done.value.state.text, secret: 'undeclared' },
        revision: done.value.revision,
        headers: { Location: `${mount}/notes/${id}` },
      };
    },
  }),
  route({
    name: 'readNote',
    method: 'GET',
    path: '/notes/{note_id}',
    tag: 'notes',
    summary: 'Read a note',
    who: 'optional',
    params: noteParameters,
    query: Type.Object({
      page: Type.Optional(Type.Integer({ minimum: 1 })),
      cursor: Type.Optional(Type.String()),
    }),
    replies: { 200: described('It.') },
    refusals: ['post_not_found'],
    handler: async ({ params, query }, { bus }) => {
      const { state, revision } = await bus.load(notes, params.note_id);
      if (state.text === undefined) return refuse('post_not_found');
      return {
        status: 200,
        body: { id: params.note_id, text: state.text },
        revision,
        ...(query.page === undefined ? {} : { next: 'next-page' }),
      };
    },
  }),
  route({
    name: 'replaceNote',
    method: 'PUT',
    path: '/notes/{note_id}',
    tag: 'notes',
    summary: 'Replace a note',
    who: 'user',
    params: noteParameters,
    body: WriteNoteSchema,
    ifMatch: true,
    replies: { 200: described('Replaced.') },
    refusals: ['idempotency_key_reused', 'precondition_failed'],
    handler: async ({ params, execute, body }) => {
      const done = await execute(notes, params.note_id, write(body.text));
      if (!done.ok) return done;
      return { status: 200, body: { id: params.note_id, text: body.text }, revision: done.value.revision };
    },
  }),
  route({
    name: 'removeNote',
    method: 'DELETE',
    path: '/notes/{note_id}',
    tag: 'notes',
    summary: 'Remove a note',
    who: 'user',
    params: noteParameters,
    replies: { 204: { description: 'Removed.' } },
    refusals: ['idempotency_key_reused', 'precondition_failed'],
    handler: async ({ params, execute }) => {
      const done = await execute(notes, params.note_id, remove);
      return done.ok ? { status: 204 } : done;
    },
  }),
  route({
    name: 'topNotes',
    method: 'GET',
    path: '/notes/top',
    tag: 'notes',
    summary: 'The best note, told twice as long as a packet',
    who: 'anyone',
    replies: { 200: { description: 'Text.', schema: Type.Object({ text: Type.String() }) } },
    refusals: [],
    handler: async () => ({ status: 200, json: JSON.stringify({ text: 'again and '.repeat(300) }) }),
  }),
  route({
    name: 'takeTicket',
    method: 'POST',
    path: '/tickets',
    tag: 'tickets',
    summary: 'Take a ticket, which is secret',
    who: 'anyone',
    body: Type.Object({ password: Type.String({ maxLength: 128 }) }, { $id: 'TakeTicketSchema' }),
    secretReply: true,
    replies: { 200: { description: 'A ticket.', schema: Type.Object({ ticket: Type.String() }) } },
    refusals: ['idempotency_key_reused', 'precondition_failed'],
    handler: async ({ newId, execute }) => {
      const id = newId<NoteId>('ticket');
      const done = await execute(notes, id, write('ticket'));
      if (!done.ok) return done;
      return { status: 200, body: { ticket: id }, cookies: [{ name: 'ticket', value: id, maxAge: 60 }] };
    },
  }),
];

/** Values with a lifetime by the given clock. */
export const memoryStore = (clock: Clock): EphemeralStore & { readonly dump: () => string } => {
  const values = new Map<string, { value: string; version: string; until: number }>();
  let versions = 0;
  const find = (key: string) => {
    const found = values.get(key);
    return found === undefined || found.until <= clock.now() ? undefined : found;
  };
  const put = (key: string, value: string, ttl: number) => {
    const version = String((versions += 1));
    values.set(key, { value, version, until: clock.now() + ttl });
    return version;
  };
  return {
    get: async (key) => find(key),
    set: async (key, value, ttl) => void put(key, value, ttl),
    compareAndSet: async (key, expected, value, ttl) =>
      find(key)?.version === expected ? put(key, value, ttl) : undefined,
    delete: async (key) => void values.delete(key),
    increment: async (key, by, ttl) => {
      const found = find(key);
      const count = Number(found?.value ?? 0) + by;
      const until = found?.until ?? clock.now() + ttl;
      values.set(key, { value: String(count), version: '0', until });
      return { count, expiresIn: until - clock.now() };
    },
    publish: async () => undefined,
    subscribe: async () => () => undefined,
    close: async () => undefined,
    dump: () => JSON.stringify([...values]),
  };
};

export interface MemoryBus extends CommandBus {
  /** Events appended so far. */
  readonly head: () => Position;
  /** Every following execution waits for this. */
  gate: Promise<unknown>;
}

/** Streams in memory, with the promises of `CommandBus` that the framework leans on. */
const memoryBus = (): MemoryBus => {
  const streams = new Map<string, Recorded[]>();
  let head = 0n;
  const record = (stream: string, event: DomainEvent, command: CommandContext): Recorded => {
    const events = streams.get(stream) ?? [];
    head += 1n;
    const recorded = {
      id: `${stream}-${events.length}` as EventId,
      stream: stream as StreamName,
      type: event.type,
      revision: events.length,
      position: head as Position,
      recordedAt: instant(0),
      event,
      metadata: { ...command, causationId: command.commandId },
    } as unknown as Recorded;
    streams.set(stream, [...events, recorded]);
    return recorded;
  };
  const bus: MemoryBus = {
    head: () => head as Position,
    gate: Promise.resolve(),
    execute: async (aggregate, id, command, decide, options = {}) => {
      await bus.gate;
      const stream = `${aggregate.kind}-${id}`;
      const before = streams.get(stream) ?? [];
      const fold = () =>
        (streams.get(stream) ?? []).reduce(
          (state, { event }) => aggregate.evolve(state, event as never),
          aggregate.initial,
        );
      const earlier = before.filter(({ metadata }) => metadata.commandId === command.commandId);
      if (earlier.length > 0) {
        if (earlier[0]!.metadata.requestMac !== command.requestMac) return refuse('idempotency_key_reused');
        const position = earlier.at(-1)!.position;
        return ok({
          state: fold(),
          events: earlier as never,
          revision: before.length - 1,
          position,
          repeated: true,
        });
      }
      if (options.ifRevision !== undefined && options.ifRevision !== before.length - 1)
        return refuse('precondition_failed');
      const decision = decide(fold());
      if (!decision.ok) return decision;
      const events = decision.value.map((event) => record(stream, event, command));
      const position = events.at(-1)?.position ?? start;
      const revision = before.length + events.length - 1;
      return ok({ state: fold(), events: events as never, revision, position, repeated: false });
    },
    load: async (aggregate, id) => {
      const events = streams.get(`${aggregate.kind}-${id}`) ?? [];
      const state = events.reduce(
        (folded, { event }) => aggregate.evolve(folded, event as never),
        aggregate.initial,
      );
      return { state, revision: events.length - 1 };
    },
    forget: () => undefined,
  };
  return bus;
};

export const logId = '0192f3a4-0000-7000-8000-000000000001';
export const alice = '0192f3a4-0000-7000-8000-00000000000a' as UserId;
export const bob = '0192f3a4-0000-7000-8000-00000000000b' as UserId;

const callers: Readonly<Record<string, UserId>> = { alice, bob };

export interface TestApplication {
  readonly origin: string;
  readonly port: number;
  readonly server: HttpServer;
  readonly bus: MemoryBus;
  readonly services: Services;
  readonly ephemeral: ReturnType<typeof memoryStore>;
  /** Lines of the log. */
  readonly logged: string[];
  readonly stop: () => Promise<void>;
}

export interface TestApplicationOptions {
  readonly routes?: readonly Route[];
  readonly options?: Partial<HttpOptions>;
  readonly settings?: Partial<ServerSettings>;
  readonly services?: Partial<Services>;
  readonly rateLimits?: boolean;
  /** Kept from an application that was stopped before, as after a restart. */
  readonly before?: TestApplication;
}

/** The framework behind a real socket, over services in memory. Tokens are `alice` and `bob`; `kicked` was superseded. */
export const startTestApplication = async (given: TestApplicationOptions = {}): Promise<TestApplication> => {
  const logged: string[] = [];
  const clock = given.services?.clock ?? systemClock;
  const ephemeral = given.before?.ephemeral ?? memoryStore(clock);
  const bus = given.before?.bus ?? memoryBus();
  const secret = Buffer.alloc(32, 7);
  const health = {
    notReady: async () => [],
    lags: async () => [{ projection: 'posts', events: 2, seconds: 1, parked: 0 }],
  };
  const services = {
    bus,
    log: { head: async () => bus.head() },
    logId,
    ephemeral,
    clock,
    chance: systemChance,
    ids: uuidv7(clock, systemChance),
    authenticator: {
      authenticate: async (token: string, language: string) => {
        if (token === 'kicked')
          return refuse('session_superseded', {
            message: language === 'ru' ? 'Ваш токен устарел.' : 'Your token is outdated.',
          });
        if (token === 'expired') return refuse('token_expired');
        const userId = callers[token];
        return userId === undefined
          ? refuse('token_invalid')
          : ok({ userId, sessionId: userId as string as SessionId });
      },
      ownerOf: (token: string) => callers[token],
    },
    consistency: { waitFor: async () => 'shown', waitForPosition: async () => 'shown' },
    rateLimits: createRateLimits({ ephemeral, enabled: given.rateLimits === true, secret }),
    allowedOrigins: given.options?.corsOrigins ?? [],
    health,
    metrics: createMetrics(health),
    logger: pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) }),
    ...given.services,
  } as unknown as Services;
  const app = createApp(services, given.routes ?? [...testRoutes, ...healthRoutes], {
    secret,
    maxBody: 10_000,
    corsOrigins: [],
    trustProxy: 0,
    metricsToken: undefined,
    secureCookies: false,
    sharedStores: false,
    consistencyTimeout: 200,
    ...given.options,
  });
  const server = createHttpServer(app, { ...defaultServerSettings, ...given.settings });
  const port = await server.listen(0, '127.0.0.1');
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    server,
    bus,
    services,
    ephemeral,
    logged,
    stop: () => server.stop(1000),
  };
};

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: any;
}

/** One request; `body` goes out as JSON unless it is text already. */
export const call = async (
  app: { readonly origin: string },
  line: string,
  given: { readonly as?: string; readonly body?: unknown; readonly headers?: Record<string, string> } = {},
): Promise<Answered> => {
  const [method, path] = line.split(' ') as [string, string];
  const headers: Record<string, string> = { ...given.headers };
  if (given.as !== undefined) headers['authorization'] = `Bearer ${given.as}`;
  const body =
    given.body === undefined || typeof given.body === 'string' ? given.body : JSON.stringify(given.body);
  if (body !== undefined) headers['content-type'] ??= 'application/json';
  const response = await fetch(`${app.origin}${path}`, {
    method,
    headers,
    redirect: 'manual',
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
};
