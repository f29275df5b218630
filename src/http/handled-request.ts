import type { CommandContext } from '../commands/execute.ts';
import type { CommandRequest } from './command-request.ts';
import { headerOf, type AnyRequest } from './compiled-route.ts';
import type { Language } from './problems.ts';
import type { HttpContext } from './request-state.ts';
import type { Caller } from './route.ts';

/** The parts of a request that went through the route's schemas. */
export interface CheckedParts {
  readonly caller: Caller | undefined;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly idempotencyKey: string | undefined;
}

/**
 * A request as handlers see it. A class, and lazy where it can be, because one is made for every request: most read, and
 * never need a command's id, the address or a cookie. Handlers may take it apart; its functions need no `this`.
 */
export class HandledRequest {
  readonly caller: Caller | undefined;
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
  readonly idempotencyKey: string | undefined;
  readonly mount: string;
  readonly language: Language;
  readonly languageAsked: boolean;
  readonly cookie: AnyRequest['cookie'];
  readonly header: AnyRequest['header'];
  readonly newId: AnyRequest['newId'];
  readonly execute: AnyRequest['execute'];
  private readonly ctx: HttpContext;
  private readonly commanding: () => CommandRequest;

  constructor(ctx: HttpContext, parts: CheckedParts, commanding: () => CommandRequest) {
    this.ctx = ctx;
    this.commanding = commanding;
    this.caller = parts.caller;
    this.params = parts.params;
    this.query = parts.query;
    this.body = parts.body;
    this.idempotencyKey = parts.idempotencyKey;
    this.mount = ctx.state.mount;
    this.language = ctx.state.language;
    this.languageAsked = ctx.state.languageAsked;
    this.cookie = (name) => ctx.cookies.get(name);
    this.header = (name) => headerOf(ctx, name.toLowerCase());
    this.newId = (purpose) => commanding().newId(purpose);
    this.execute = (aggregate, id, decide, options) => commanding().execute(aggregate, id, decide, options);
  }

  get address(): string {
    return this.ctx.ip;
  }

  get userAgent(): string {
    return headerOf(this.ctx, 'user-agent') ?? '';
  }

  get command(): CommandContext {
    return this.commanding().commandContext();
  }
}
