import { constants } from 'node:zlib';
import compress from 'koa-compress';
import type { Middleware } from 'koa';
import type { RequestState } from './request-state.ts';

const threshold = 1024;

/**
 * Compresses what is worth it, cheaply: qualities beyond these cost more time than the network saves. koa-compress is only
 * asked when there is something to compress, because most answers are small.
 */
export const compression = (): Middleware<RequestState> => {
  const compressAnswer = compress({
    threshold,
    br: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
    gzip: { level: 4 },
    deflate: false,
  });
  const nothingMore = async (): Promise<void> => undefined;
  return async (ctx, next) => {
    await next();
    const body: unknown = ctx.body;
    if (ctx.req.headers['accept-encoding'] === undefined) return;
    if ((typeof body === 'string' || Buffer.isBuffer(body)) && body.length > threshold)
      await compressAnswer(ctx, nothingMore);
  };
};
