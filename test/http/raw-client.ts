import { Agent, request } from 'node:http';
import { connect } from 'node:net';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
  readonly text: string;
  readonly millis: number;
}

export const agent = new Agent({ keepAlive: true, maxSockets: 4 });

/** One request whose path and headers go out as they are written: nothing is mended on the way. */
export const send = (
  port: number,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body?: Buffer | string,
): Promise<RawAnswer> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const outgoing = request(
      { port, host: '127.0.0.1', method, path, headers: { ...length, ...headers }, agent },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const body = Buffer.concat(chunks);
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body,
            text: body.toString('utf8'),
            millis: performance.now() - began,
          });
        });
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });

/** Everything that comes back over one connection until it is closed by the other side. */
export const exchange = (
  port: number,
  bytes: string | Buffer,
): Promise<{ readonly text: string; readonly millis: number }> =>
  new Promise((resolve) => {
    const began = performance.now();
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () =>
      resolve({ text: Buffer.concat(chunks).toString('latin1'), millis: performance.now() - began }),
    );
  });
