import { createServer, type Server } from 'node:http';
import type Koa from 'koa';
import type { Millis } from '../core/clock.ts';
import type { ServerSettings } from './http-options.ts';
import type { RequestState } from './request-state.ts';

/** The HTTP server with our own limits; `listen` is the caller's. */
export const createHttpServer = (app: Koa<RequestState>, settings: ServerSettings): Server => {
  const handle = app.callback();
  const server = createServer(
    {
      headersTimeout: settings.headersTimeout,
      requestTimeout: settings.requestTimeout,
      keepAliveTimeout: settings.keepAliveTimeout,
      connectionsCheckingInterval: settings.connectionsCheckingInterval,
      maxHeaderSize: settings.maxHeaderSize,
    },
    (request, response) => {
      void handle(request, response);
    },
  );
  server.maxConnections = settings.maxConnections;
  server.maxRequestsPerSocket = settings.maxRequestsPerSocket;
  return server;
};

/**
 * Stops accepting, lets what is being answered finish, closes connections that are idle.
 * @param patience milliseconds until connections that are still busy are cut
 */
export const stopServer = async (server: Server, patience: Millis): Promise<void> => {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), patience);
  await closed;
  clearTimeout(cut);
};
