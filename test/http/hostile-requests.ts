import type { TSchema } from '@sinclair/typebox';
import type { Route } from '../../src/http/route.ts';

/** One request that must be refused. */
export interface Hostile {
  readonly what: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

type Schema = Record<string, any>;

const someId = '0192f3a4-1111-7111-8111-111111111111';

/** A value that fits the schema, as far as requests need it. */
const sampleOf = (schema: Schema): unknown => {
  if (schema['const'] !== undefined) return schema['const'];
  if (schema['enum'] !== undefined) return schema['enum'][0];
  const variants = schema['anyOf'] ?? schema['oneOf'];
  if (variants !== undefined) return sampleOf(variants[0]);
  switch ([schema['type']].flat()[0]) {
    case 'object':
      return Object.fromEntries(
        Object.entries<Schema>(schema['properties'] ?? {}).map(([name, part]) => [name, sampleOf(part)]),
      );
    case 'array':
      return [];
    case 'integer':
    case 'number':
      return schema['minimum'] ?? 1;
    case 'boolean':
      return true;
    default:
      if (schema['format'] === 'uuid') return someId;
      if (schema['format'] === 'date-time') return '2030-01-01T00:00:00Z';
      return 'a'.repeat(Math.max(8, schema['minLength'] ?? 0)).slice(0, schema['maxLength'] ?? 100);
  }
};

/** Ids of things that exist, by the name of the parameter. */
export type Existing = Readonly<Record<string, string>>;

const validPath = (route: Route, existing: Existing): string =>
  route.path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => existing[name] ?? someId);

const brokenIds = [
  'x', '1', '%', '%zz', '%00', `${someId}%00`, '..%2f..%2fetc%2fpasswd', '..%5c..%5c', '%c0%ae%c0%ae', '%ff%fe',
  '%ef%bc%8e%ef%bc%8e', `${someId}%20`, `urn:uuid:${someId}`, '00000000-0000-0000-0000-000000000000', '%7B%7D',
  "'%20OR%201=1--", '$ne', '__proto__', 'a'.repeat(5000),
]; // prettier-ignore

const hostilePaths = (route: Route): Hostile[] =>
  [...route.path.matchAll(/\{(\w+)\}/g)].flatMap(([placeholder]) =>
    brokenIds.map((id) => ({
      what: `id ${id.slice(0, 40)}`,
      path: route.path.replace(placeholder, id).replaceAll(/\{\w+\}/g, someId),
    })),
  );

const badTexts = (schema: Schema): string[] => {
  const types = [schema['type'] ?? (schema['enum'] === undefined ? 'string' : 'enum')].flat();
  if (types.includes('integer') || types.includes('number'))
    return ['abc', '', '1e1', '0x10', '%201', '-1', '9'.repeat(40), 'NaN', 'Infinity', '1.5', 'null', '[]'];
  if (types.includes('boolean')) return ['', '1', 'yes', 'null'];
  if (schema['format'] === 'uuid') return brokenIds;
  if (schema['format'] === 'date-time') return ['', 'yesterday', '2026-01-01', '2026-13-01T00:00:00Z'];
  const limit = schema['maxLength'] as number | undefined;
  return ['%00', '%ff', '%', ...(limit === undefined ? [] : ['a'.repeat(limit + 1)])];
};

const brokenCursors = [
  'x',
  'W10',
  'eyJhIjoxfQ',
  'WyJ4IiwieSIsW10sImlkIl0',
  '%22',
  '..%2f',
  '__proto__',
  '-1',
];

const hostileQueries = (route: Route, existing: Existing): Hostile[] => {
  const path = validPath(route, existing);
  const properties = (route.query?.properties ?? {}) as Record<string, Schema>;
  const anywhere = [
    'nope=1',
    '__proto__=1',
    '__proto__[x]=1',
    'constructor=1',
    '%=1',
    'a=%ff',
    'a=%00',
    'a[$ne]=1',
    'nope=1&nope=2',
  ];
  const named = Object.entries(properties).flatMap(([name, schema]) => [
    `${name}=1&${name}=2`,
    `${name}[$ne]=1`,
    `${name}[]=1`,
    ...badTexts(schema).map((text) => `${name}=${text}`),
    ...(name === 'cursor' ? brokenCursors.map((text) => `cursor=${text}`) : []),
  ]);
  return [...anywhere, ...named].map((query) => ({
    what: `?${query.slice(0, 40)}`,
    path: `${path}?${query}`,
  }));
};

const deep = (depth: number, open: string, close: string): string => open.repeat(depth) + close.repeat(depth);

const brokenJson: readonly (readonly [string, Buffer | string])[] = [
  ['half an object', '{'],
  ['a trailing comma', '{"a":1,}'],
  ['single quotes', "{'a':1}"],
  ['NaN', '{"a":NaN}'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a number', '1e999'],
  ['a text', '"text"'],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
  ['an overlong encoding', Buffer.from([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d])],
  ['UTF-16', Buffer.from('{"a":1}', 'utf16le')],
  ['lists 100,000 deep', deep(100_000, '[', ']')],
  ['objects 50,000 deep', `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`],
  ['a prototype', '{"__proto__":{"isAdmin":true}}'],
  ['a constructor', '{"constructor":{"prototype":{"x":1}}}'],
  ['an operator', '{"$where":"sleep(1000)"}'],
  ['url-encoded text', 'user[$ne]=x'],
  ['nothing but blanks', '   '],
];

const wrongTypes = [
  1,
  true,
  [],
  {},
  { $ne: '' },
  { $gt: '' },
  ['a'],
  1e308,
  -0.5,
  '\u0000',
  '\ud800',
  'a\u0000b',
];

const fits = (schema: Schema, value: unknown): boolean => {
  const variants = (schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined;
  if (variants !== undefined) return variants.some((variant) => fits(variant, value));
  const types = [schema['type']].flat();
  if (typeof value === 'boolean') return types.includes('boolean');
  if (typeof value === 'number')
    return (
      types.includes('number') ||
      (types.includes('integer') && Number.isInteger(value) && value <= (schema['maximum'] ?? Infinity))
    );
  if (Array.isArray(value)) return types.includes('array') && value.length === 0;
  if (typeof value === 'object') return types.includes('object');
  return false;
};

const hostileMembers = (path: string, body: TSchema): Hostile[] => {
  const properties = (body['properties'] ?? {}) as Record<string, Schema>;
  const valid = sampleOf(body) as Record<string, unknown>;
  const with_ = (what: string, changed: unknown): Hostile => ({ what, path, body: JSON.stringify(changed) });
  return [
    with_('an unknown member', { ...valid, is_admin: true }),
    with_('a member of the prototype', { ...valid, toString: 1 }),
    ...((body['required'] ?? []) as string[]).map((name) => {
      const { [name]: _left, ...rest } = valid;
      return with_(`${name} missing`, rest);
    }),
    ...Object.entries(properties).flatMap(([name, schema]) => [
      ...wrongTypes
        .filter((value) => !fits(schema, value))
        .map((value) => with_(`${name} as ${JSON.stringify(value)}`, { ...valid, [name]: value })),
      ...(schema['maxLength'] === undefined
        ? []
        : [with_(`${name} too long`, { ...valid, [name]: 'я'.repeat(schema['maxLength'] + 1) })]),
      with_(`${name} nested`, { ...valid, [name]: JSON.parse(deep(40, '[', ']')) }),
    ]),
  ];
};

const wrongMedia: readonly Readonly<Record<string, string>>[] = [
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/x-www-form-urlencoded' },
  { 'content-type': 'multipart/form-data; boundary=x' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'application/jsonp' },
  { 'content-type': '' },
  { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  { 'content-type': 'application/json', 'content-encoding': 'br, gzip' },
];

const hostileBodies = (route: Route, existing: Existing): Hostile[] => {
  const path = validPath(route, existing);
  const some = JSON.stringify(route.body === undefined ? { a: 1 } : sampleOf(route.body));
  return [
    ...brokenJson.map(([what, body]) => ({ what, path, body })),
    ...wrongMedia.map((headers) => ({ what: JSON.stringify(headers), path, headers, body: some })),
    { what: 'a body of 2 MiB', path, body: `{"a":"${'x'.repeat(2 * 1024 * 1024)}"}` },
    ...(route.body === undefined ? [] : hostileMembers(path, route.body)),
  ];
};

const hostileHeaders = (route: Route, existing: Existing): Hostile[] => {
  const path = validPath(route, existing);
  const list: Readonly<Record<string, string>>[] = [
    { accept: 'image/png' },
    ...(route.who === 'anyone'
      ? []
      : [
          { authorization: `Bearer ${'x'.repeat(12_000)}` },
          { authorization: 'Bearer' },
          { authorization: 'Bearer a b' },
          { authorization: 'Basic YWxpY2U6cGFzc3dvcmQ=' },
          { authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.' },
        ]),
    { authorization: `Bearer ${'x'.repeat(100_000)}` },
    ...(route.method === 'GET'
      ? [
          { 'storyline-min-position': '1' },
          { 'storyline-min-position': `${someId}.-1` },
          { 'storyline-min-position': `${someId}.1` },
        ]
      : [{ 'idempotency-key': 'k'.repeat(256) }, { 'idempotency-key': 'cl\u00e9' }]),
    ...(route.ifMatch === true
      ? [{ 'if-match': '1' }, { 'if-match': '"x"' }, { 'if-match': '"1.a", "2.b"' }]
      : []),
  ];
  return list.map((headers) => ({
    what: JSON.stringify(headers).slice(0, 60),
    path,
    headers,
    ...(route.body === undefined ? {} : { body: JSON.stringify(sampleOf(route.body)) }),
  }));
};

/** With the statuses that say what is wrong: not 404, which a missing thing would answer to anything. */
export interface Expected extends Hostile {
  readonly statuses: readonly number[];
}

const expecting = (statuses: readonly number[], requests: readonly Hostile[]): Expected[] =>
  requests.map((request) => ({ ...request, statuses }));

/** Every way in which requests to this route can be wrong that follows from its schemas. */
export const hostileRequests = (route: Route, existing: Existing): readonly Expected[] => [
  ...expecting([400, 404], hostilePaths(route)),
  ...expecting([400], hostileQueries(route, existing)),
  ...expecting([400, 413, 415, 422], route.method === 'GET' ? [] : hostileBodies(route, existing)),
  ...expecting([400, 401, 406, 410, 431], hostileHeaders(route, existing)),
];
