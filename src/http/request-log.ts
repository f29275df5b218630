import type { Middleware } from 'koa';
import type { Logger } from 'pino';
import { secondsSince, type Metrics } from './metrics.ts';
import type { RequestState } from './request-state.ts';

/**
 * Measures and logs every request. Only named fields go to the log, under fixed keys: a client's object could otherwise pass
 * for the record's own level or message, and addresses with their queries can hold secrets.
 */
export const requestLog =
  (logger: Logger, metrics: Metrics): Middleware<RequestState> =>
  async (ctx, next) => {
    const began = process.hrtime();
    try {
      await next();
    } finally {
      const seconds = secondsSince(began);
      const { route, requestId } = ctx.state;
      const { method, status } = ctx;
      metrics.observeRequest({ route: route?.path ?? 'none', method: knownMethod(method), status }, seconds);
      if (logger.isLevelEnabled('debug'))
        logger.debug(
          { request: { id: requestId, method, route: route?.name }, response: { status, seconds } },
          'request',
        );
    }
  };

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Labels must not grow with what strangers send. */
const knownMethod = (method: string): string => (methods.has(method) ? method : 'other');
