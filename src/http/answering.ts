import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import { compressBody, worthCompressing } from './compression.ts';
import { secondsSince, type Metrics } from './metrics.ts';
import { problemAnswer, refusalOfFault } from './problem-reply.ts';
import { problemOf } from './protocol-problems.ts';
import type { Answer } from './answer.ts';
import type { HttpContext, RequestState } from './request-state.ts';
import { sendAnswer } from './send-answer.ts';

/** The one place where a fault becomes an answer; its stack goes to the log and nowhere else. */
const answerToFault = ({ state, path }: HttpContext, fault: unknown, logger: Logger): Answer => {
  const refused = refusalOfFault(fault);
  const { requestId, language, route } = state;
  const unexpected = problemOf(refused.refusal).status === 500;
  const request = { id: requestId, route: route?.name };
  logger[unexpected ? 'error' : 'warn']({ err: fault, request }, 'request failed');
  return problemAnswer(refused, { requestId, language, instance: path });
};

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Labels must not grow with what strangers send. */
const knownMethod = (method: string): string => (methods.has(method) ? method : 'other');

const deliver = async (ctx: HttpContext): Promise<void> => {
  const { answer } = ctx.state;
  if (answer !== undefined) await sendAnswer(ctx, answer);
  else if (worthCompressing(ctx, ctx.body)) await compressBody(ctx);
};

/**
 * Sends what the rest leaves as the answer, and measures and logs it. Only named fields go to the log, under fixed keys: a
 * client's object could otherwise pass for the record's own level or message, and addresses with queries can hold secrets.
 */
export const answering =
  (logger: Logger, metrics: Metrics): Middleware<RequestState> =>
  async (context, next) => {
    const ctx: HttpContext = context;
    const began = process.hrtime();
    try {
      await next();
      await deliver(ctx);
    } catch (fault) {
      ctx.state.answer = answerToFault(ctx, fault, logger);
      if (!ctx.res.headersSent) await sendAnswer(ctx, ctx.state.answer);
    }
    const { answer, route, requestId } = ctx.state;
    const seconds = secondsSince(began);
    const status = answer?.status ?? ctx.status;
    const { method } = ctx;
    metrics.observeRequest({ route: route?.path ?? 'none', method: knownMethod(method), status }, seconds);
    if (logger.isLevelEnabled('debug')) {
      const request = { id: requestId, method, route: route?.name };
      logger.debug({ request, response: { status, seconds } }, 'request');
    }
  };
