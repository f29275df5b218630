import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './answer.ts';
import type { Millis } from '../core/clock.ts';
import { compressBody, worthCompressing } from './compression.ts';
import { hasBody } from './request-body.ts';
import type { HttpContext } from './request-state.ts';
import { securityHeaders } from './security-headers.ts';

/** How long and how much a client that was refused early may go on sending. */
const patience: Millis = 1_000;
const mostBytes = 8 * 1024 * 1024;

const flatSecurityHeaders: readonly string[] = [...securityHeaders].flat();

/** Names and values in turn, so that Node writes them as they are: setting each alone costs more than the router. */
const headOf = (ctx: HttpContext, { headers, cookies, body, status }: Answer): string[] => {
  const head = [...flatSecurityHeaders, 'x-request-id', ctx.state.requestId];
  for (const name in headers) head.push(name, headers[name]!);
  for (const cookie of cookies) head.push('set-cookie', cookie);
  if (body !== undefined) head.push('content-length', String(Buffer.byteLength(body)));
  else if (status !== 204 && status !== 304) head.push('content-length', '0');
  return head;
};

/** Which origin asked varies the answer too, where origins are allowed at all. */
const keepVary = (ctx: HttpContext, answer: Answer): void => {
  const varies = ctx.res.getHeader('vary');
  if (varies === undefined) return;
  const own = answer.headers['vary'];
  answer.headers['vary'] = own === undefined ? String(varies) : `${own}, ${String(varies)}`;
};

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

/** The body was not read: what follows on the connection cannot be trusted, so that it is closed. */
const sendEarly = ({ req, res, method }: HttpContext, { status, body }: Answer, head: string[]): void => {
  res.writeHead(status, [...head, 'connection', 'close']);
  if (method === 'HEAD' || body === undefined) res.flushHeaders();
  else res.write(body);
  drain(req, res);
};

const sendCompressed = async (ctx: HttpContext, { status, body }: Answer, head: string[]): Promise<void> => {
  ctx.status = status;
  for (let index = 0; index < head.length; index += 2) ctx.res.appendHeader(head[index]!, head[index + 1]!);
  ctx.body = body;
  await compressBody(ctx);
};

/** Puts an answer on its way: in one piece, past Koa's own writing, unless it has to be compressed. */
export const sendAnswer = async (ctx: HttpContext, answer: Answer): Promise<void> => {
  const { req, res } = ctx;
  keepVary(ctx, answer);
  const head = headOf(ctx, answer);
  const early = hasBody(req) && !req.complete;
  if (!early && worthCompressing(ctx, answer.body)) return sendCompressed(ctx, answer, head);
  ctx.respond = false;
  if (early) sendEarly(ctx, answer, head);
  else {
    res.writeHead(answer.status, head);
    res.end(ctx.method === 'HEAD' ? undefined : answer.body);
  }
};
