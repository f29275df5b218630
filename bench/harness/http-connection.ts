import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const headEnd = Buffer.from('\r\n\r\n');
const lengthHeader = /\r\ncontent-length: (\d+)/i;

/** Told of each answer; head and body are only good until it returns. */
export type Answered = (connection: HttpConnection, head: string, body: Buffer) => void;

/** One keep-alive connection with one request at a time. */
export class HttpConnection {
  readonly #socket: Socket;
  readonly #answered: Answered;
  #pending: Buffer | undefined;
  /** Bytes of the whole answer, once its head is there; 0 until then. */
  #need = 0;
  #head = '';
  /** When the last request was sent, by `performance.now()`. */
  sentAt = 0;

  private constructor(socket: Socket, answered: Answered, failed: (error: Error) => void) {
    this.#socket = socket;
    this.#answered = answered;
    socket.setNoDelay(true);
    socket.on('error', failed);
    socket.on('close', () => failed(new Error('The server closed a connection.')));
    socket.on('data', (bytes: Buffer) => {
      try {
        this.#receive(bytes);
      } catch (error) {
        failed(error as Error);
      }
    });
  }

  static async open(
    port: number,
    answered: Answered,
    failed: (error: Error) => void,
  ): Promise<HttpConnection> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new HttpConnection(socket, answered, failed);
  }

  send(request: Buffer): void {
    this.sentAt = performance.now();
    this.#socket.write(request);
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(bytes: Buffer): void {
    const all = this.#pending === undefined ? bytes : Buffer.concat([this.#pending, bytes]);
    this.#pending = all;
    if (this.#need === 0) {
      const end = all.indexOf(headEnd);
      if (end === -1) return;
      this.#head = all.toString('latin1', 0, end);
      this.#need = end + headEnd.length + bodyLength(this.#head);
    }
    if (all.length < this.#need) return;
    if (all.length > this.#need) throw new Error('The server sent more than one answer to one request.');
    this.#pending = undefined;
    this.#need = 0;
    this.#answered(this, this.#head, all.subarray(this.#head.length + headEnd.length));
  }
}

const bodyLength = (head: string): number => {
  const match = lengthHeader.exec(head);
  if (match !== null) return Number(match[1]);
  if (/^HTTP\/1\.1 (204|304)/.test(head)) return 0;
  throw new Error(`The driver needs answers with a Content-Length; this one has none:\n${head}`);
};
