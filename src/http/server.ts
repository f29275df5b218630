import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type Koa from 'koa';
import type { Millis } from '../core/clock.ts';
import type { ServerSettings } from './http-options.ts';
import { answerMalformed } from './malformed-http.ts';
import type { RequestState } from './request-state.ts';

export interface HttpServer {
  readonly server: Server;
  /** Resolves with the port, which is the one asked for unless that was 0. */
  listen(port: number, host: string): Promise<number>;
  /** Accepts nothing more, finishes what is being answered, and cuts what is left after `within`. */
  stop(within: Millis): Promise<void>;
}

/** Idle connections are looked for this often while stopping. */
const sweep: Millis = 50;

/** The HTTP server with our own limits, for Node's leave slow connections open for minutes (RELIABILITY "Input"). */
export const createHttpServer = (app: Koa<RequestState>, settings: ServerSettings): HttpServer => {
  const handle = app.callback();
  const answering = new Map<Duplex, ServerResponse>();
  let stopping = false;
  let malformed = 0;
  const nextId = (): string => `malformed-${(malformed += 1).toString(36)}`;

  const server = createServer(
    {
      headersTimeout: settings.headersTimeout,
      requestTimeout: settings.requestTimeout,
      keepAliveTimeout: settings.keepAliveTimeout,
      connectionsCheckingInterval: settings.connectionsCheckingInterval,
      maxHeaderSize: settings.maxHeaderSize,
      // Node's own refusal has no body; ours below does.
      requireHostHeader: false,
    },
    (request: IncomingMessage, response: ServerResponse) => {
      const { socket } = request;
      if (request.headers.host === undefined && request.httpVersion !== '1.0') {
        answerMalformed(socket, undefined, nextId());
        return;
      }
      answering.set(socket, response);
      response.once('close', () => answering.delete(socket));
      if (stopping) response.setHeader('connection', 'close');
      void handle(request, response);
    },
  );
  server.maxConnections = settings.maxConnections;
  server.maxRequestsPerSocket = settings.maxRequestsPerSocket;

  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Into an answer that has begun nothing more can be written.
    if (!socket.writable || error.code === 'ECONNRESET' || answering.get(socket)?.headersSent === true)
      socket.destroy();
    else answerMalformed(socket, error.code, nextId());
  });
  server.on('connect', (_request, socket) => {
    answerMalformed(socket, undefined, nextId(), {
      refusal: 'method_not_allowed',
      headers: { allow: 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS' },
    });
  });
  server.on('checkExpectation', (request: IncomingMessage) => {
    answerMalformed(request.socket, undefined, nextId(), { refusal: 'expectation_failed' });
  });

  return {
    server,
    listen: (port, host) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    stop: (within) =>
      new Promise((resolve) => {
        stopping = true;
        for (const response of answering.values())
          if (!response.headersSent) response.setHeader('connection', 'close');
        const sweeper = setInterval(() => server.closeIdleConnections(), sweep);
        const deadline = setTimeout(() => server.closeAllConnections(), within);
        server.close(() => {
          clearInterval(sweeper);
          clearTimeout(deadline);
          resolve();
        });
      }),
  };
};
