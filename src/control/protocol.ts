import { join } from 'node:path';
import { StringDecoder } from 'node:string_decoder';

/**
 * How the command line speaks to a running program: one connection per request, one JSON document per line. The client
 * sends a `Request`; the program answers any number of `progress` and `item` messages, then `result` or `failure`, and
 * closes. A client that closes first has changed its mind: the work stops.
 */
export interface Request {
  readonly operation: string;
  readonly params: unknown;
}

/** How far a long work has come. `total` is unknown where nobody can say. */
export interface Advance {
  /** What is being done, for instance `posts@1`. */
  readonly label: string;
  readonly done: number;
  readonly total?: number;
  readonly unit: string;
}

/** `usage`: the request makes no sense; `not-found`; `failed`: it was tried and did not work. */
export type FailureKind = 'usage' | 'not-found' | 'failed';

export type Message =
  | { readonly progress: Advance }
  | { readonly item: unknown }
  | { readonly result: unknown }
  | { readonly failure: { readonly kind: FailureKind; readonly message: string } };

/** An operation cannot be done; the message tells the operator what to do. */
export class OperationFailed extends Error {
  override readonly name = 'OperationFailed';
  readonly kind: FailureKind;
  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Linux keeps socket paths in 108 bytes, the final NUL included. */
const longestSocketPath = 107;

/** @throws OperationFailed when the data directory's path leaves no room for a socket. */
export const controlSocketPath = (dataDir: string): string => {
  const path = join(dataDir, 'control.sock');
  if (Buffer.byteLength(path) > longestSocketPath) {
    throw new OperationFailed(
      'usage',
      `DATA_DIR is too long for a control socket: ${path} has more than ${longestSocketPath} bytes. Choose a shorter directory.`,
    );
  }
  return path;
};

/** A line longer than this is nothing that either side sends. */
const longestLine = 4 * 1024 * 1024;

export const encodeLine = (message: Request | Message): string => `${JSON.stringify(message)}\n`;

/**
 * Cuts a byte stream into parsed lines.
 * @throws OperationFailed for a line that is too long or not JSON.
 */
export const createLineReader = (): ((chunk: Buffer) => readonly unknown[]) => {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return (chunk) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop()!;
    if (rest.length > longestLine) throw new OperationFailed('usage', 'A line is too long.');
    return lines.filter((line) => line !== '').map(parseLine);
  };
};

const parseLine = (line: string): unknown => {
  try {
    return JSON.parse(line);
  } catch {
    throw new OperationFailed('usage', 'A line is not JSON.');
  }
};
