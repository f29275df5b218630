import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from 'koa';
import type { Millis } from '../core/clock.ts';
import { hasBody } from './request-body.ts';
import type { RequestState } from './request-state.ts';

/** How long and how much a client that was refused early may go on sending. */
const patience: Millis = 1_000;
const mostBytes = 8 * 1024 * 1024;

/** Reads and forgets, so that the client gets to reading its answer: closing at once would reset the connection. */
const drain = (request: IncomingMessage, response: ServerResponse): void => {
  let left = mostBytes;
  const finish = (): void => {
    clearTimeout(timer);
    request.off('data', onData).off('end', finish).off('close', finish);
    response.end();
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) finish();
  };
  const timer = setTimeout(finish, patience);
  request.on('data', onData).on('end', finish).on('close', finish);
  request.resume();
};

/** An answer that was ready before the body was read closes its connection: what follows on it cannot be trusted. */
export const unreadBody = (): Middleware<RequestState> => async (ctx, next) => {
  await next();
  const body: unknown = ctx.body;
  if (ctx.req.complete || !hasBody(ctx.req) || typeof body !== 'string') return;
  const { res } = ctx;
  ctx.respond = false;
  res.setHeader('connection', 'close');
  res.setHeader('content-length', Buffer.byteLength(body));
  if (ctx.method !== 'HEAD') res.write(body);
  else res.flushHeaders();
  drain(ctx.req, res);
};
