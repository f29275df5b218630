import type { TObject } from '@sinclair/typebox';
import { refuseHttp, type HttpRefused, type Said } from './problem-reply.ts';
import { membersWith, type Check, type Checks } from './validation.ts';

type Texts = Record<string, unknown>;
type Parsed = { readonly ok: true; readonly value: Texts } | HttpRefused;

const wrong = (pointer: string, message: Said): HttpRefused =>
  refuseHttp('invalid_parameter', { errors: [{ pointer, message }] });

const brokenEncoding: Said = {
  en: 'has a broken percent-encoding',
  ru: 'содержит неверное процентное кодирование',
};

/** The text behind percent-encoding, or `undefined` where it is broken, no UTF-8, or holds NUL. */
const decode = (text: string): string | undefined => {
  if (!text.includes('%')) return text;
  try {
    const decoded = decodeURIComponent(text);
    return decoded.includes('\u0000') ? undefined : decoded;
  } catch {
    return undefined;
  }
};

/** Reads a query strictly: no parameter twice, no broken encoding, nothing that could become an object. */
export const parseQuery = (querystring: string): Parsed => {
  const query: Texts = Object.create(null) as Texts;
  for (const pair of querystring.split('&')) {
    if (pair === '') continue;
    const at = pair.indexOf('=');
    const name = decode((at === -1 ? pair : pair.slice(0, at)).replaceAll('+', ' '));
    const value = decode(at === -1 ? '' : pair.slice(at + 1).replaceAll('+', ' '));
    if (name === undefined || value === undefined) return wrong('/query', brokenEncoding);
    if (name in query)
      return wrong(`/query/${name.slice(0, 100)}`, {
        en: 'must not be given twice',
        ru: 'не должно повторяться',
      });
    query[name] = value;
  }
  return { ok: true, value: query };
};

const decimal = /^-?\d{1,15}(\.\d{1,15})?$/;

/** Checks texts against a flat schema; ids come out in lower case, as they are made. */
const reader = (schema: TObject, where: 'path' | 'query', checks: Checks) => {
  const check: Check = checks.parameters(schema, where);
  const numbers = membersWith(schema, 'type', ['integer', 'number']);
  const ids = membersWith(schema, 'format', ['uuid']);
  return (texts: Texts): Parsed => {
    for (const name of numbers) {
      const text = texts[name];
      // Coercion alone would take `0x10`, `1e2` and blanks.
      if (typeof text === 'string' && !decimal.test(text))
        return wrong(`/${where}/${name}`, { en: 'must be a number', ru: 'должно быть числом' });
    }
    const invalid = check(texts);
    if (invalid !== undefined) return refuseHttp('invalid_parameter', { errors: [invalid] });
    for (const name of ids) {
      const text = texts[name];
      if (typeof text === 'string') texts[name] = text.toLowerCase();
    }
    return { ok: true, value: texts };
  };
};

const none = { type: 'object', properties: {}, additionalProperties: false } as unknown as TObject;

export const queryReader = (schema: TObject | undefined, checks: Checks) => {
  const read = reader(schema ?? none, 'query', checks);
  const noneGiven = read(Object.create(null) as Texts);
  return (querystring: string): Parsed => {
    if (querystring === '') return noneGiven;
    const parsed = parseQuery(querystring);
    return parsed.ok ? read(parsed.value) : parsed;
  };
};

/** Path parameters arrive raw, so that an encoded slash or dot cannot pass for a part of the path. */
export const pathReader = (schema: TObject | undefined, checks: Checks) => {
  const read = reader(schema ?? none, 'path', checks);
  return (raw: Record<string, string>): Parsed => {
    const texts: Texts = raw;
    for (const name in raw) {
      const decoded = decode(raw[name]!);
      if (decoded === undefined) return wrong(`/path/${name}`, brokenEncoding);
      texts[name] = decoded;
    }
    return read(texts);
  };
};
