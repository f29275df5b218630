import { connect, type Socket } from 'node:net';
import type { Watch } from './operation.ts';
import { createLineReader, encodeLine, OperationFailed, type Message } from './protocol.ts';

/** A connection to the running program, or `undefined` when none listens there. */
export const connectControl = async (path: string): Promise<Socket | undefined> =>
  new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED' || error.code === 'ENOTDIR')
        resolve(undefined);
      else reject(error);
    });
  });

/**
 * Asks the running program for an operation and answers its result.
 * @throws OperationFailed as the program says, or when it goes away before it has answered.
 */
export const askOver = async (
  socket: Socket,
  operation: string,
  params: unknown,
  watch: Watch<unknown>,
): Promise<unknown> => {
  const read = createLineReader();
  const stop = () => socket.destroy();
  watch.signal.addEventListener('abort', stop, { once: true });
  socket.write(encodeLine({ operation, params }));
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      for (const message of read(chunk) as readonly Message[]) {
        if ('progress' in message) await watch.progress(message.progress);
        else if ('item' in message) await watch.item(message.item);
        else if ('failure' in message)
          throw new OperationFailed(message.failure.kind, message.failure.message);
        else return message.result;
      }
    }
  } catch (error) {
    if (error instanceof OperationFailed) throw error;
    if (!watch.signal.aborted)
      throw new OperationFailed('failed', `The program stopped answering: ${String(error)}`);
  } finally {
    watch.signal.removeEventListener('abort', stop);
    socket.destroy();
  }
  if (watch.signal.aborted) return undefined;
  throw new OperationFailed(
    'failed',
    'The program stopped before it had answered. Look at its log and try again.',
  );
};
