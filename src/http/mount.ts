import Router from '@koa/router';
import type { TObject, TSchema } from '@sinclair/typebox';
import { parsePosition } from '../core/position.ts';
import type { Answer } from './answer.ts';
import { authenticateRequest } from './authentication.ts';
import { createCommandRequest, effectHeaders } from './command-request.ts';
import { noneMatch, parseIfMatch } from './etags.ts';
import type { HttpOptions } from './http-options.ts';
import {
  createIdempotency,
  credentialsOf,
  parseIdempotencyKey,
  type Idempotency,
  type KeyedRequest,
} from './idempotency.ts';
import { pathReader, queryReader } from './parameters.ts';
import { problemAnswer, refuseHttp, type HttpRefused } from './problem-reply.ts';
import { replyAnswer } from './reply.ts';
import { checkMediaType, hasBody, parseJson, readBody } from './request-body.ts';
import type { HttpContext, RequestState } from './request-state.ts';
import type { Caller, Route, RouteRequest, Who } from './route.ts';
import { compileSerialisers, type Serialise } from './serialisers.ts';
import type { Services } from './services.ts';
import { createChecks, type Check, type Checks } from './validation.ts';
import { writeAnswer } from './write-answer.ts';

/** A route with everything compiled that can be compiled at start. */
interface CompiledRoute {
  readonly route: Route;
  readonly readPath: ReturnType<typeof pathReader>;
  readonly readQuery: ReturnType<typeof queryReader>;
  readonly checkBody: Check | undefined;
  readonly serialisers: ReadonlyMap<number, Serialise>;
  /** Where the path's segments hold parameters. */
  readonly places: readonly (readonly [name: string, segment: number])[];
}

interface Framework {
  readonly services: Services;
  readonly options: HttpOptions;
  readonly idempotency: Idempotency;
}

type Request = RouteRequest<Who, TObject, TObject, TSchema>;

const compile = (route: Route, checks: Checks): CompiledRoute => ({
  route,
  readPath: pathReader(route.params, checks),
  readQuery: queryReader(route.query, checks),
  checkBody: route.body === undefined ? undefined : checks.body(route.body),
  serialisers: compileSerialisers(route),
  places: route.path
    .split('/')
    .flatMap((part, segment) => (part.startsWith('{') ? [[part.slice(1, -1), segment] as const] : [])),
});

const rawPath = ({ places }: CompiledRoute, path: string): Record<string, string> => {
  const raw: Record<string, string> = {};
  if (places.length === 0) return raw;
  const segments = path.split('/');
  for (const [name, segment] of places) raw[name] = segments[segment] ?? '';
  return raw;
};

interface BodyRead {
  readonly ok: true;
  readonly bytes: Buffer;
  readonly value: unknown;
}

const noBytes = Buffer.alloc(0);

const readJsonBody = async (
  ctx: HttpContext,
  { route, checkBody }: CompiledRoute,
  limit: number,
): Promise<BodyRead | HttpRefused> => {
  const empty: BodyRead = { ok: true, bytes: noBytes, value: undefined };
  const given = hasBody(ctx.req);
  if (!given && (checkBody === undefined || route.bodyOptional === true)) return empty;
  const unsupported = given ? checkMediaType(ctx.req) : undefined;
  if (unsupported !== undefined) return unsupported;
  const bytes = await readBody(ctx.req, limit);
  if (!bytes.ok) return bytes;
  if (bytes.value.length === 0 && (checkBody === undefined || route.bodyOptional === true)) return empty;
  const parsed = parseJson(bytes.value);
  if (!parsed.ok) return parsed;
  const invalid = (checkBody ?? mustBeEmpty)(parsed.value);
  if (invalid !== undefined) return refuseHttp('invalid_body', { errors: [invalid] });
  return { ok: true, bytes: bytes.value, value: checkBody === undefined ? undefined : parsed.value };
};

/** Clients that send `{}` to a route without a body mean nothing by it. */
const mustBeEmpty: Check = (value) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0
    ? undefined
    : { pointer: '', message: 'must be empty: this address takes no body' };

const single = (ctx: HttpContext, name: string): string | undefined => {
  const value = ctx.req.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};

/** What reading and commanding requests have in common. */
const requestBase = (ctx: HttpContext, caller: Caller | undefined, params: unknown, query: unknown) => ({
  caller,
  params,
  query,
  mount: ctx.state.mount,
  language: ctx.state.language,
  languageAsked: ctx.state.languageAsked,
  address: ctx.ip,
  userAgent: single(ctx, 'user-agent') ?? '',
  cookie: (name: string) => ctx.cookies.get(name),
  header: (name: string) => single(ctx, name.toLowerCase()),
});

type Base = ReturnType<typeof requestBase>;

const respondsAsync = (prefer: string | undefined): boolean =>
  prefer !== undefined && /(^|,)\s*respond-async\s*(,|;|$)/i.test(prefer);

const refusedAnswer = (ctx: HttpContext, refused: HttpRefused): Answer =>
  problemAnswer(refused, {
    requestId: ctx.state.requestId,
    language: ctx.state.language,
    instance: ctx.path,
  });

/** Waits for the position that a reader has seen elsewhere; `true` when it is not shown in time. */
const waitForMinimum = async (
  ctx: HttpContext,
  { services, options }: Framework,
): Promise<{ readonly ok: true; readonly pending: boolean } | HttpRefused> => {
  const header = single(ctx, 'storyline-min-position');
  if (header === undefined) return { ok: true, pending: false };
  const position = parsePosition(services.logId, header);
  if (position === 'foreign') return refuseHttp('cursor_of_another_log');
  if (position === 'malformed')
    return refuseHttp('invalid_parameter', {
      errors: [{ pointer: '/header/Storyline-Min-Position', message: 'must be a position: <log id>.<n>' }],
    });
  const shown = await services.consistency.waitForPosition(position, options.consistencyTimeout);
  return { ok: true, pending: shown === 'pending' };
};

const answerQuery = async (
  ctx: HttpContext,
  framework: Framework,
  compiled: CompiledRoute,
  base: Base,
): Promise<Answer> => {
  const minimum = await waitForMinimum(ctx, framework);
  if (!minimum.ok) return refusedAnswer(ctx, minimum);
  const { services, options } = framework;
  const request = {
    ...base,
    body: undefined,
    idempotencyKey: undefined,
    ...createCommandRequest(services, {
      keyed: undefined,
      actor: base.caller?.userId ?? null,
      correlationId: ctx.state.requestId,
      ifRevision: undefined,
      respondAsync: false,
      timeout: options.consistencyTimeout,
    }),
  };
  const reply = await compiled.route.handler(request as unknown as Request, services);
  if (!('status' in reply)) return refusedAnswer(ctx, reply);
  const answer = replyAnswer(ctx, compiled.serialisers, reply, options.secureCookies);
  const tag = answer.headers['etag'];
  const known = single(ctx, 'if-none-match');
  const headers = minimum.pending
    ? { ...answer.headers, 'storyline-consistency': 'pending' }
    : answer.headers;
  if (tag !== undefined && known !== undefined && noneMatch(known, tag))
    return { ...answer, status: 304, headers, body: undefined };
  return { ...answer, headers };
};

const runCommand = async (
  ctx: HttpContext,
  { services, options }: Framework,
  compiled: CompiledRoute,
  base: Base,
  body: BodyRead,
  key: string | undefined,
  keyed: KeyedRequest | undefined,
  ifRevision: number | undefined,
): Promise<Answer> => {
  const respondAsync = respondsAsync(single(ctx, 'prefer'));
  const { effects, ...commanding } = createCommandRequest(services, {
    keyed,
    actor: base.caller?.userId ?? null,
    correlationId: ctx.state.requestId,
    ifRevision,
    respondAsync,
    timeout: options.consistencyTimeout,
  });
  const request = { ...base, ...commanding, body: body.value, idempotencyKey: key };
  const reply = await compiled.route.handler(request as unknown as Request, services);
  const answer =
    'status' in reply
      ? replyAnswer(ctx, compiled.serialisers, reply, options.secureCookies)
      : refusedAnswer(ctx, reply);
  // A handler that executed by other means still tells a position behind its effect.
  if ('status' in reply && effects.position === undefined) effects.position = await services.log.head();
  return {
    ...answer,
    headers: { ...answer.headers, ...effectHeaders(services.logId, effects, respondAsync) },
  };
};

const answerCommand = async (
  ctx: HttpContext,
  framework: Framework,
  compiled: CompiledRoute,
  base: Base,
): Promise<Answer> => {
  const { idempotency, options } = framework;
  const { route } = compiled;
  const keyGiven = parseIdempotencyKey(single(ctx, 'idempotency-key'));
  if (!keyGiven.ok) return refusedAnswer(ctx, keyGiven);
  const ifMatch = parseIfMatch(route.ifMatch === true ? single(ctx, 'if-match') : undefined);
  if (!ifMatch.ok) return refusedAnswer(ctx, ifMatch);
  const body = await readJsonBody(ctx, compiled, options.maxBody);
  if (!body.ok) return refusedAnswer(ctx, body);
  const { key } = keyGiven;
  const run = (keyed: KeyedRequest | undefined) =>
    runCommand(ctx, framework, compiled, base, body, key, keyed, ifMatch.revision);
  if (key === undefined) return run(undefined);

  const keyed = idempotency.identify({
    scope:
      base.caller === undefined
        ? credentialsOf(single(ctx, 'authorization'), ctx.cookies.get('refresh_token'), body.value)
        : [base.caller.userId],
    method: route.method,
    routePath: route.path,
    key,
    path: ctx.state.path,
    query: ctx.querystring,
    body: body.bytes,
  });
  const begun = await idempotency.begin(keyed);
  if (begun.is === 'refused') return refusedAnswer(ctx, begun.refused);
  if (begun.is === 'replay')
    return { ...begun.answer, headers: { ...begun.answer.headers, 'idempotent-replayed': 'true' } };
  try {
    const answer = await run(keyed);
    await idempotency.finish(keyed, answer, route.secretReply === true);
    return answer;
  } catch (error) {
    await idempotency.abandon(keyed);
    throw error;
  }
};

const acceptsJson = (ctx: HttpContext): boolean => {
  const { accept } = ctx.req.headers;
  return accept === undefined || accept === '*/*' || ctx.accepts('application/json') !== false;
};

const answerRoute = async (
  ctx: HttpContext,
  framework: Framework,
  compiled: CompiledRoute,
): Promise<Answer> => {
  const { services } = framework;
  const { route } = compiled;
  ctx.state.route = route.name;
  if (!acceptsJson(ctx)) return refusedAnswer(ctx, refuseHttp('not_acceptable'));
  const authenticated = await authenticateRequest(
    services.authenticator,
    route.who,
    ctx.req.headers.authorization,
    ctx.state.language,
  );
  if (!authenticated.ok) return refusedAnswer(ctx, authenticated);
  const { caller } = authenticated;
  if (route.method !== 'GET' && caller !== undefined) {
    const allowed = await services.rateLimits.command(caller.userId);
    if (!allowed.ok) return refusedAnswer(ctx, allowed);
  }
  const params = compiled.readPath(rawPath(compiled, ctx.state.path));
  if (!params.ok) return refusedAnswer(ctx, params);
  const query = compiled.readQuery(ctx.querystring);
  if (!query.ok) return refusedAnswer(ctx, query);
  const base = requestBase(ctx, caller, params.value, query.value);
  return route.method === 'GET'
    ? answerQuery(ctx, framework, compiled, base)
    : answerCommand(ctx, framework, compiled, base);
};

/** One router for both mounts: the first middleware has taken the mount and a trailing slash off the path. */
export const mountRoutes = (
  services: Services,
  routes: readonly Route[],
  options: HttpOptions,
): Router<RequestState> => {
  const checks = createChecks();
  const framework: Framework = {
    services,
    options,
    idempotency: createIdempotency({
      ephemeral: services.ephemeral,
      secret: options.secret,
      shared: options.sharedStores,
    }),
  };
  // `/posts/top` wins over `/posts/{post_id}` whatever the order is.
  const router = new Router<RequestState>({ exclusive: 'specificity' });
  for (const route of routes) {
    const compiled = compile(route, checks);
    const path = route.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router.register(path, [route.method.toLowerCase()], async (context) => {
      const ctx = context as unknown as HttpContext;
      writeAnswer(ctx, await answerRoute(ctx, framework, compiled));
    });
  }
  return router;
};
