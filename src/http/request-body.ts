import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { refuseHttp, type HttpRefused, type Said } from './problem-reply.ts';

type BodyResult<T> = { readonly ok: true; readonly value: T } | HttpRefused;

const deepest = 32;

/** Whether the headers announce a body at all. */
export const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] !== undefined && headers['content-length'] !== '0');

const json = /^application\/(json|merge-patch\+json)\s*(;\s*charset="?utf-8"?\s*)?$/i;

/** JSON in UTF-8 and as it is: a compressed body could be a bomb, and url-encoded ones arrive as objects. */
export const checkMediaType = ({ headers }: IncomingMessage): HttpRefused | undefined => {
  const encoding = headers['content-encoding'];
  const plain = encoding === undefined || encoding.toLowerCase() === 'identity';
  return plain && json.test(headers['content-type'] ?? '')
    ? undefined
    : refuseHttp('unsupported_media_type', { headers: { accept: 'application/json' } });
};

/** The bytes of the body, at most `limit` of them: what is larger is refused before it is read, or where it gets too long. */
export const readBody = (request: IncomingMessage, limit: number): Promise<BodyResult<Buffer>> =>
  new Promise((resolve) => {
    const announced = Number(request.headers['content-length'] ?? 0);
    if (announced > limit) {
      resolve(refuseHttp('body_too_large'));
      return;
    }
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (result: BodyResult<Buffer>): void => {
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) {
        request.pause();
        settle(refuseHttp('body_too_large'));
      } else chunks.push(chunk);
    };
    const onEnd = (): void => {
      settle({ ok: true, value: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, size) });
    };
    const onBroken = (): void => {
      settle(refuseHttp('malformed_request'));
    };
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });

const malformed = (message: Said): HttpRefused =>
  refuseHttp('malformed_json', { errors: [{ pointer: '', message }] });

const loneSurrogate = /\p{Surrogate}/u;

const textFlaw = (text: string): Said | undefined => {
  if (loneSurrogate.test(text))
    return { en: 'A text holds half of a surrogate pair.', ru: 'В тексте половина суррогатной пары.' };
  return text.includes('\u0000')
    ? { en: 'A text holds the character U+0000.', ru: 'В тексте есть символ U+0000.' }
    : undefined;
};

/** What no schema catches: depth, a prototype's name as key, text that is no Unicode or holds NUL. */
const flawOf = (value: unknown, depth: number): Said | undefined => {
  if (typeof value === 'string') return textFlaw(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === deepest)
    return { en: `Nested deeper than ${deepest} levels.`, ru: `Вложенность больше ${deepest}.` };
  for (const key of Object.keys(value)) {
    if (key === '__proto__') return { en: 'A key is named __proto__.', ru: 'Есть ключ __proto__.' };
    const flaw = textFlaw(key) ?? flawOf((value as Record<string, unknown>)[key], depth + 1);
    if (flaw !== undefined) return flaw;
  }
  return undefined;
};

/** One JSON value; everything that another parser would mend silently is refused. */
export const parseJson = (bytes: Buffer): BodyResult<unknown> => {
  if (!isUtf8(bytes)) return malformed({ en: 'Not valid UTF-8.', ru: 'Это не UTF-8.' });
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch {
    return malformed(
      bytes.length === 0
        ? { en: 'The body is empty.', ru: 'Тело запроса пустое.' }
        : { en: 'Not valid JSON.', ru: 'Это не JSON.' },
    );
  }
  const flaw = flawOf(value, 0);
  return flaw === undefined ? { ok: true, value } : malformed(flaw);
};
