import { chmod, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Engines } from './engines.ts';
import { performOperation } from './perform.ts';
import {
  controlSocketPath,
  createLineReader,
  encodeLine,
  OperationFailed,
  type Message,
} from './protocol.ts';

export interface ControlServer {
  /** Stops what is being worked on and removes the socket. */
  close(): Promise<void>;
}

const isRequest = (value: unknown): value is { operation: string; params: unknown } =>
  typeof value === 'object' && value !== null && 'operation' in value && typeof value.operation === 'string';

const failureOf = (error: unknown): Message =>
  error instanceof OperationFailed
    ? { failure: { kind: error.kind, message: error.message } }
    : { failure: { kind: 'failed', message: error instanceof Error ? error.message : String(error) } };

const stopping: Message = {
  failure: { kind: 'failed', message: 'The program is stopping, and this with it. Try again.' },
};

interface Ends {
  /** The client has gone. */
  readonly gone: AbortSignal;
  /** The program stops. */
  readonly closing: AbortSignal;
}

const answer = async (
  socket: Socket,
  engines: Engines,
  request: unknown,
  { gone, closing }: Ends,
): Promise<void> => {
  const signal = AbortSignal.any([gone, closing]);
  const send = async (message: Message): Promise<void> => {
    if (socket.writable && !socket.write(encodeLine(message))) await once(socket, 'drain', { signal: gone });
  };
  try {
    if (!isRequest(request)) throw new OperationFailed('usage', 'The first line is no request.');
    const result = await performOperation(request.operation, engines, request.params, {
      progress: async (progress) => send({ progress }),
      item: async (item) => send({ item }),
      signal,
    });
    closing.throwIfAborted();
    await send({ result });
  } catch (error) {
    const failure = closing.aborted ? stopping : failureOf(error);
    if (!gone.aborted) await send(failure).catch(() => undefined);
  }
  socket.end();
};

/**
 * Lets the command line work beside the running program, for whoever owns the data directory (the socket's mode is 0600).
 * To be called by the holder of the directory's lock: a socket that is there is left over from a program that was killed.
 */
export const serveControl = async (dataDir: string, engines: Engines): Promise<ControlServer> => {
  const path = controlSocketPath(dataDir);
  await rm(path, { force: true });
  const closing = new AbortController();
  const work = new Set<Promise<void>>();
  const sockets = new Set<Socket>();

  const server = createServer((socket) => {
    const gone = new AbortController();
    const read = createLineReader();
    let asked = false;
    socket.on('error', () => gone.abort());
    sockets.add(socket);
    socket.on('close', () => {
      sockets.delete(socket);
      gone.abort();
    });
    socket.on('data', (chunk) => {
      if (asked) return;
      let request: unknown;
      try {
        [request] = read(chunk);
      } catch (error) {
        socket.end(encodeLine(failureOf(error)));
        return;
      }
      if (request === undefined) return;
      asked = true;
      const done = answer(socket, engines, request, { gone: gone.signal, closing: closing.signal });
      work.add(done);
      void done.finally(() => work.delete(done));
    });
  });

  const before = process.umask(0o177);
  try {
    server.listen(path);
  } finally {
    process.umask(before);
  }
  await once(server, 'listening');
  await chmod(path, 0o600);

  return {
    close: async () => {
      closing.abort();
      server.close();
      await Promise.all(work);
      for (const socket of sockets) socket.destroy();
      await rm(path, { force: true });
    },
  };
};
