import type { Static, TObject, TSchema } from '@sinclair/typebox';
import type { CommandContext, Executed, ExecuteOptions, ExecuteRefusal } from '../commands/execute.ts';
import type { Aggregate } from '../core/aggregate.ts';
import type { Brand } from '../core/brand.ts';
import type { SessionId, UserId } from '../core/ids.ts';
import type { Refused, Result } from '../core/result.ts';
import type { DomainEvent } from '../events/event-schema.ts';
import type { Language, Refusal } from './problems.ts';
import type { Services } from './services.ts';

/** Who calls: a token's subject, checked against its live session. */
export interface Caller {
  readonly userId: UserId;
  readonly sessionId: SessionId;
}

/** `anyone`: tokens do not count. `optional`: a token fills in viewer fields, a bad one is 401. `user`: required. */
export type Who = 'anyone' | 'optional' | 'user';

type CallerOf<W extends Who> = W extends 'user'
  ? Caller
  : W extends 'optional'
    ? Caller | undefined
    : undefined;

type StaticOr<S, Fallback> = S extends TSchema ? Static<S> : Fallback;

/** A request whose path, query and body went through the route's schemas. */
export interface RouteRequest<W extends Who, P, Q, B> {
  readonly caller: CallerOf<W>;
  readonly params: StaticOr<P, Record<string, never>>;
  readonly query: StaticOr<Q, Record<string, never>>;
  readonly body: StaticOr<B, undefined>;
  /** Where the router was called, for links: `''` or `/api/v1`. */
  readonly mount: string;
  readonly language: Language;
  /** Whether `Accept-Language` said so, or it is only the default for problems. */
  readonly languageAsked: boolean;
  readonly command: CommandContext;
  /** The client's key, when it gave one. */
  readonly idempotencyKey: string | undefined;
  /** Address of the client, through trusted proxies when configured. */
  readonly address: string;
  readonly userAgent: string;
  readonly cookie: (name: string) => string | undefined;
  readonly header: (name: string) => string | undefined;
  /** An id for what this request creates: derived from the command id under an idempotency key, else fresh. */
  readonly newId: <Id extends Brand<string, string>>(purpose: string) => Id;
  /**
   * Executes within this request's context and then waits (bounded, unless `Prefer: respond-async`) until the read models
   * that the events feed show them. Sets `Storyline-Position` and, when late, `Storyline-Consistency: pending`.
   * `If-Match` is applied when the route says `ifMatch: true` and no `ifRevision` is given.
   */
  readonly execute: <State, Event extends DomainEvent, R extends string>(
    aggregate: Aggregate<State, Event>,
    id: string,
    decide: (state: State) => Result<readonly Event[], R>,
    options?: ExecuteOptions,
  ) => Promise<Result<Executed<State, Event>, R | ExecuteRefusal>>;
}

/** What a handler answers when it does not refuse. */
export interface Reply {
  readonly status: number;
  /** Goes through the reply schema's compiled serialiser. */
  readonly body?: unknown;
  /** A body that is JSON text already, made by the same serialisers (spliced pages). */
  readonly json?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Revision of the entity's own stream: makes the ETag together with a hash of the body. */
  readonly revision?: number;
  /** Cursor of the next page: becomes the `Link: rel="next"` header (the body carries it too). */
  readonly next?: string | null;
  readonly cookies?: readonly ReplyCookie[];
}

export interface ReplyCookie {
  readonly name: string;
  readonly value: string;
  /** Seconds; 0 clears it. */
  readonly maxAge: number;
}

export interface ReplySpec {
  readonly description: string;
  readonly schema?: TSchema;
  /** Response headers worth documenting: name → description. */
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * A route is a value: Koa mounts it, the OpenAPI document prints it, tests call it (ARCHITECTURE rule 12).
 * Paths use OpenAPI's form: `/posts/{post_id}`.
 */
export interface Route {
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly who: Who;
  readonly params?: TObject;
  readonly query?: TObject;
  readonly body?: TSchema;
  /** An empty body is fine (`POST /auth/refresh`). */
  readonly bodyOptional?: boolean;
  readonly ifMatch?: boolean;
  /** Answers hold tokens: with an idempotency key they are computed again, never kept. */
  readonly secretReply?: boolean;
  /** May end the caller's own session: a repeat under its idempotency key then comes with a dead token and is answered all the same. */
  readonly endsSession?: boolean;
  readonly replies: Readonly<Record<number, ReplySpec>>;
  readonly refusals: readonly Refusal[];
  readonly handler: (
    request: RouteRequest<Who, TObject, TObject, TSchema>,
    services: Services,
  ) => Promise<Reply | Refused<Refusal>>;
}

interface TypedRoute<W extends Who, P, Q, B, R extends Refusal> extends Omit<
  Route,
  'who' | 'params' | 'query' | 'body' | 'refusals' | 'handler'
> {
  readonly who: W;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly refusals: readonly R[];
  readonly handler: (
    request: RouteRequest<W, P, Q, B>,
    services: Services,
  ) => Promise<Reply | Refused<NoInfer<R>>>;
}

/** Checks a route's types against each other; a refusal that the handler may answer and the route leaves out is an error. */
export const route = <
  W extends Who,
  R extends Refusal = never,
  P extends TObject | undefined = undefined,
  Q extends TObject | undefined = undefined,
  B extends TSchema | undefined = undefined,
>(
  typed: TypedRoute<W, P, Q, B, R>,
): Route => typed as unknown as Route;
