import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * What the network does to whoever goes through the proxy.
 * `refused`: nobody listens. `black-holed`: bytes vanish, nothing ends. `slow`: each piece waits. `cut-after-request`: the
 * request arrives, then the connection is gone. `cut-in-answer`: a few bytes of the answer arrive before that.
 */
export type Fault = 'none' | 'refused' | 'black-holed' | 'slow' | 'cut-after-request' | 'cut-in-answer';

export interface FaultProxy {
  readonly port: number;
  /** From now on, for connections there are and those to come. */
  set(fault: Fault): Promise<void>;
  close(): Promise<void>;
}

const slowness = 400;

/** A TCP proxy in front of a server on this machine. */
export const startFaultProxy = async (to: {
  readonly host: string;
  readonly port: number;
}): Promise<FaultProxy> => {
  let fault: Fault = 'none';
  const sockets = new Set<Socket>();

  const cut = (...pair: readonly Socket[]): void => {
    for (const socket of pair) socket.destroy();
  };

  /** What happens to a piece on its way; `answer` is the way back. */
  const pass = (chunk: Buffer, from: Socket, into: Socket, answer: boolean): void => {
    if (fault === 'black-holed') return;
    if (fault === 'slow') setTimeout(() => into.writable && into.write(chunk), slowness);
    else if (fault === 'cut-after-request' && answer) cut(from, into);
    else if (fault === 'cut-in-answer' && answer) into.write(chunk.subarray(0, 3), () => cut(from, into));
    else into.write(chunk);
  };

  const server = createServer((client) => {
    const upstream = connect(to);
    for (const [own, other, answer] of [
      [client, upstream, false],
      [upstream, client, true],
    ] as const) {
      sockets.add(own);
      own.on('data', (chunk) => pass(chunk, own, other, answer));
      own.on('error', () => cut(own, other));
      own.on('close', () => {
        sockets.delete(own);
        if (fault !== 'black-holed') other.destroy();
      });
    }
  });

  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const stop = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    cut(...sockets);
    await once(server, 'close');
  };

  const port = await listen(0);
  return {
    port,
    set: async (next) => {
      const before = fault;
      fault = next;
      if (next === 'refused') await stop();
      else if (!server.listening) await listen(port);
      // What was swallowed never comes: such a connection is of no use to anybody any more.
      if (before === 'black-holed' && next === 'none') cut(...sockets);
    },
    close: stop,
  };
};
