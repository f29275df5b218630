import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import { problemAnswer, refusalOfFault } from './problem-reply.ts';
import { problemOf } from './protocol-problems.ts';
import type { RequestState } from './request-state.ts';
import { writeAnswer } from './write-answer.ts';

/** The one place where a fault becomes an answer; its stack goes to the log and nowhere else. */
export const errorMapper =
  (logger: Logger): Middleware<RequestState> =>
  async (ctx, next) => {
    try {
      await next();
    } catch (fault) {
      const refused = refusalOfFault(fault);
      const { requestId, language, route } = ctx.state;
      const unexpected = problemOf(refused.refusal).status === 500;
      logger[unexpected ? 'error' : 'warn'](
        { err: fault, request: { id: requestId, route: route?.name } },
        'request failed',
      );
      writeAnswer(ctx, problemAnswer(refused, { requestId, language, instance: ctx.path }));
    }
  };
