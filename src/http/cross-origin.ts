import cors from '@koa/cors';
import type { Middleware } from 'koa';
import type { RequestState } from './request-state.ts';

/** What scripts of other origins may read of an answer (SPEC 1). */
const exposed = [
  'Allow',
  'Cache-Status',
  'Content-Language',
  'ETag',
  'Idempotent-Replayed',
  'Link',
  'Location',
  'Preference-Applied',
  'Retry-After',
  'Storyline-Consistency',
  'Storyline-Position',
  'WWW-Authenticate',
  'X-Request-Id',
];

/** An allow-list with credentials; any other origin gets no header at all and browsers refuse it. */
export const crossOrigin = (origins: readonly string[]): Middleware<RequestState> => {
  if (origins.length === 0) return (_ctx, next) => next();
  const allowed = new Set(origins);
  return cors({
    origin: (ctx) => {
      const origin = ctx.get('Origin');
      return allowed.has(origin) ? origin : '';
    },
    credentials: true,
    exposeHeaders: exposed,
    allowMethods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    maxAge: 600,
  });
};
