import { constants } from 'node:zlib';
import compress from 'koa-compress';
import type { HttpContext } from './request-state.ts';

const threshold = 1024;

/** Cheap qualities: beyond these it takes more time than the network saves. */
const compressAnswer = compress({
  threshold,
  br: { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } },
  gzip: { level: 4 },
  deflate: false,
});

const nothingMore = async (): Promise<void> => undefined;

/** Most answers are small, or go to who takes no compression: then koa-compress is not even asked. */
export const worthCompressing = (ctx: HttpContext, body: unknown): boolean =>
  (typeof body === 'string' || Buffer.isBuffer(body)) &&
  body.length > threshold &&
  ctx.req.headers['accept-encoding'] !== undefined &&
  ctx.method !== 'HEAD';

/**
 * Compresses Koa's body by what the client accepts. Who refuses every form, the plain one too (`identity;q=0`), is answered in the
 * plain one, as RFC 9110 12.5.3 allows: a command may be done already, and koa-compress would fail there.
 */
export const compressBody = async (ctx: HttpContext): Promise<void> => {
  ctx.vary('Accept-Encoding');
  if (ctx.acceptsEncodings('br', 'gzip', 'identity') === false) return;
  await compressAnswer(ctx, nothingMore);
};
