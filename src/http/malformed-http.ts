import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { problemAnswer, refuseHttp } from './problem-reply.ts';
import type { ProtocolRefusal } from './protocol-problems.ts';

const refusalOf = (code: string | undefined): ProtocolRefusal => {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return 'headers_too_large';
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return 'request_timeout';
    default:
      return 'malformed_request';
  }
};

/** Answers what never became a request, straight to its socket, and closes it. */
export const answerMalformed = (
  socket: Duplex,
  code: string | undefined,
  requestId: string,
  more: { readonly refusal?: ProtocolRefusal; readonly headers?: Readonly<Record<string, string>> } = {},
): void => {
  const refused = refuseHttp(
    more.refusal ?? refusalOf(code),
    more.headers === undefined ? {} : { headers: more.headers },
  );
  const { status, headers, body = '' } = problemAnswer(refused, { requestId, language: 'en', instance: '' });
  const lines = Object.entries({
    ...headers,
    'content-length': String(Buffer.byteLength(body)),
    'x-request-id': requestId,
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`);
};
