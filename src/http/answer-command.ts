import type { UserId } from '../core/ids.ts';
import type { Answer } from './answer.ts';
import { bearerToken } from './authentication.ts';
import { createCommandRequest, effectHeaders } from './command-request.ts';
import { headerOf, type AnyRequest, type CompiledRoute } from './compiled-route.ts';
import { refuseCrossSite } from './cross-site.ts';
import { parseIfMatch } from './etags.ts';
import { refusedAnswer, type Framework } from './framework.ts';
import { HandledRequest, type CheckedParts } from './handled-request.ts';
import { credentialsOf, parseIdempotencyKey, type KeyedRequest } from './idempotency.ts';
import { readJsonBody, type JsonBody } from './json-body.ts';
import type { HttpRefused } from './problem-reply.ts';
import { replyAnswer } from './reply.ts';
import type { HttpContext } from './request-state.ts';

/** A command whose request is known to be well formed. */
interface Ready {
  readonly parts: CheckedParts;
  readonly body: JsonBody;
  readonly key: string | undefined;
  readonly ifRevision: number | undefined;
}

const respondsAsync = (prefer: string | undefined): boolean =>
  prefer !== undefined && /(^|,)\s*respond-async\s*(,|;|$)/i.test(prefer);

const run = async (
  ctx: HttpContext,
  { services, options }: Framework,
  compiled: CompiledRoute,
  { parts, ifRevision }: Ready,
  keyed: KeyedRequest | undefined,
): Promise<Answer> => {
  const respondAsync = respondsAsync(headerOf(ctx, 'prefer'));
  const commanding = createCommandRequest(services, {
    keyed,
    actor: parts.caller?.userId ?? null,
    correlationId: ctx.state.requestId,
    ifRevision,
    respondAsync,
    timeout: options.consistencyTimeout,
  });
  const { effects } = commanding;
  const request = new HandledRequest(ctx, parts, () => commanding);
  const reply = await compiled.route.handler(request as unknown as AnyRequest, services);
  const done = 'status' in reply;
  const answer = done
    ? replyAnswer(ctx, compiled.serialisers, reply, options.secureCookies)
    : refusedAnswer(ctx, reply);
  // A handler that executed by other means still tells a position behind its effect.
  if (done && effects.position === undefined) effects.position = await services.log.head();
  Object.assign(answer.headers, effectHeaders(services.logId, effects, respondAsync));
  return answer;
};

const identify = (
  ctx: HttpContext,
  { idempotency }: Framework,
  { route }: CompiledRoute,
  { userId, body }: { readonly userId: UserId | undefined; readonly body: JsonBody },
  key: string,
): KeyedRequest =>
  idempotency.identify({
    scope:
      userId === undefined
        ? credentialsOf(headerOf(ctx, 'authorization'), ctx.cookies.get('refresh_token'), body.value)
        : [userId],
    method: route.method,
    routePath: route.path,
    key,
    path: ctx.state.path,
    query: ctx.querystring,
    body: body.bytes,
  });

const replayed = (answer: Answer): Answer => ({
  ...answer,
  headers: { ...answer.headers, 'idempotent-replayed': 'true' },
});

/** The first answer to a command that ended the session it came with: its repeat has no other token (SPEC 1). */
export const answerAgain = async (
  ctx: HttpContext,
  framework: Framework,
  compiled: CompiledRoute,
): Promise<Answer | undefined> => {
  if (compiled.route.endsSession !== true) return undefined;
  const given = parseIdempotencyKey(headerOf(ctx, 'idempotency-key'));
  const token = bearerToken(headerOf(ctx, 'authorization'));
  if (!given.ok || given.key === undefined || token === undefined) return undefined;
  const userId = framework.services.authenticator.ownerOf(token);
  if (userId === undefined) return undefined;
  const body = await readJsonBody(ctx, compiled, framework.options.maxBody);
  if (!body.ok) return undefined;
  const keyed = identify(ctx, framework, compiled, { userId, body }, given.key);
  const first = await framework.idempotency.answered(keyed);
  return first === undefined ? undefined : replayed(first);
};

const runOnce = async (
  ctx: HttpContext,
  framework: Framework,
  compiled: CompiledRoute,
  ready: Ready,
  key: string,
): Promise<Answer> => {
  const { idempotency } = framework;
  const { body, parts } = ready;
  const keyed = identify(ctx, framework, compiled, { userId: parts.caller?.userId, body }, key);
  const begun = await idempotency.begin(keyed);
  if (begun.is === 'refused') return refusedAnswer(ctx, begun.refused);
  if (begun.is === 'replay') return replayed(begun.answer);
  try {
    const answer = await run(ctx, framework, compiled, ready, keyed);
    await idempotency.finish(keyed, answer, compiled.route.secretReply === true);
    return answer;
  } catch (error) {
    await idempotency.abandon(keyed);
    throw error;
  }
};

/** Whatever a route does with the cookie: nobody else's page may send it. */
const refuseForeignCookie = (
  ctx: HttpContext,
  allowedOrigins: readonly string[],
): HttpRefused | undefined => {
  if (ctx.req.headers.cookie?.includes('refresh_token=') !== true) return undefined;
  const checked = refuseCrossSite((name) => headerOf(ctx, name), allowedOrigins);
  return checked.ok ? undefined : checked;
};

/** Answers a `POST`, `PUT`, `PATCH` or `DELETE`. */
export const answerCommand = async (
  ctx: HttpContext,
  framework: Framework,
  compiled: CompiledRoute,
  parts: CheckedParts,
): Promise<Answer> => {
  const foreign = refuseForeignCookie(ctx, framework.services.allowedOrigins);
  if (foreign !== undefined) return refusedAnswer(ctx, foreign);
  const keyGiven = parseIdempotencyKey(headerOf(ctx, 'idempotency-key'));
  if (!keyGiven.ok) return refusedAnswer(ctx, keyGiven);
  const ifMatch = parseIfMatch(compiled.route.ifMatch === true ? headerOf(ctx, 'if-match') : undefined);
  if (!ifMatch.ok) return refusedAnswer(ctx, ifMatch);
  const body = await readJsonBody(ctx, compiled, framework.options.maxBody);
  if (!body.ok) return refusedAnswer(ctx, body);
  const ready: Ready = {
    parts: { ...parts, body: body.value, idempotencyKey: keyGiven.key },
    body,
    key: keyGiven.key,
    ifRevision: ifMatch.revision,
  };
  return ready.key === undefined
    ? run(ctx, framework, compiled, ready, undefined)
    : runOnce(ctx, framework, compiled, ready, ready.key);
};
