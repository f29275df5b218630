import { createHash, timingSafeEqual } from 'node:crypto';
import { refusedAnswer } from './framework.ts';
import type { Metrics } from './metrics.ts';
import type { Page, Pages } from './pages.ts';
import { refuseHttp } from './problem-reply.ts';

const loopback = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** For Prometheus: with the token where one is set, else from this machine alone. */
export const metricsPages = (metrics: Metrics, token: string | undefined): Pages => {
  const page: Page = async (ctx) => {
    // A proxy on this machine would make everybody local, so that what was forwarded does not count as such.
    const local = loopback.has(ctx.req.socket.remoteAddress ?? '') && ctx.get('X-Forwarded-For') === '';
    const given = /^Bearer +(\S+)$/i.exec(ctx.get('Authorization'))?.[1] ?? '';
    const allowed = token === undefined ? local : timingSafeEqual(digest(given), digest(token));
    if (!allowed) {
      const refusal = token === undefined ? 'not_found' : given === '' ? 'token_missing' : 'token_invalid';
      ctx.state.answer = refusedAnswer(ctx, refuseHttp(refusal));
      return;
    }
    ctx.set('cache-control', 'no-store');
    ctx.set('content-type', metrics.registry.contentType);
    ctx.body = await metrics.registry.metrics();
  };
  return new Map([['/metrics', page]]);
};
