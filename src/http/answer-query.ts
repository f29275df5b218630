import { parsePosition } from '../core/position.ts';
import type { Answer } from './answer.ts';
import { createCommandRequest } from './command-request.ts';
import { headerOf, type AnyRequest, type CompiledRoute } from './compiled-route.ts';
import { noneMatch } from './etags.ts';
import { refusedAnswer, type Framework } from './framework.ts';
import { HandledRequest, type CheckedParts } from './handled-request.ts';
import { refuseHttp, type HttpRefused } from './problem-reply.ts';
import { replyAnswer } from './reply.ts';
import type { HttpContext } from './request-state.ts';

/** Waits, within bounds, for the position that the reader has seen elsewhere. */
const waitForMinimum = async (
  header: string,
  { services, options }: Framework,
): Promise<{ readonly ok: true; readonly pending: boolean } | HttpRefused> => {
  const position = parsePosition(services.logId, header);
  if (position === 'foreign') return refuseHttp('cursor_of_another_log');
  if (position === 'malformed')
    return refuseHttp('invalid_parameter', {
      errors: [
        {
          pointer: '/header/Storyline-Min-Position',
          message: { en: 'must be a position: <log id>.<n>', ru: 'должно быть позицией: <log id>.<n>' },
        },
      ],
    });
  const shown = await services.consistency.waitForPosition(position, options.consistencyTimeout);
  return { ok: true, pending: shown === 'pending' };
};

const upToDate = { ok: true, pending: false } as const;

/** Answers a `GET`. */
export const answerQuery = async (
  ctx: HttpContext,
  framework: Framework,
  compiled: CompiledRoute,
  parts: CheckedParts,
): Promise<Answer> => {
  const { services, options } = framework;
  const asked = headerOf(ctx, 'storyline-min-position');
  const minimum = asked === undefined ? upToDate : await waitForMinimum(asked, framework);
  if (!minimum.ok) return refusedAnswer(ctx, minimum);
  const commanding = () =>
    createCommandRequest(services, {
      keyed: undefined,
      actor: parts.caller?.userId ?? null,
      correlationId: ctx.state.requestId,
      ifRevision: undefined,
      respondAsync: false,
      timeout: options.consistencyTimeout,
    });
  const request = new HandledRequest(ctx, parts, commanding);
  const reply = await compiled.route.handler(request as unknown as AnyRequest, services);
  if (!('status' in reply)) return refusedAnswer(ctx, reply);
  const answer = replyAnswer(ctx, compiled.serialisers, reply, options.secureCookies);
  if (minimum.pending) answer.headers['storyline-consistency'] = 'pending';
  const known = headerOf(ctx, 'if-none-match');
  const tag = answer.headers['etag'];
  return known !== undefined && tag !== undefined && noneMatch(known, tag)
    ? { ...answer, status: 304, body: undefined }
    : answer;
};
