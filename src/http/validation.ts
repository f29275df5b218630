import type { TSchema } from '@sinclair/typebox';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { uuid } from '../core/ids.ts';
import type { InvalidPart } from './problem-reply.ts';
import { schemaMessage } from './schema-messages.ts';

type Plain = Record<string, unknown>;

const isObject = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The schema with every object closed (unknown properties are refused) and, unless `keepIds`, without names, so that one
 * schema may be part of many. Validators and the API document are both made from this, so the two cannot differ.
 */
export const closedSchema = (schema: TSchema, keepIds = false): TSchema =>
  close(schema, keepIds || JSON.stringify(schema).includes('"$ref"')) as TSchema;

const close = (value: unknown, keepIds: boolean): unknown => {
  if (Array.isArray(value)) return value.map((item) => close(item, keepIds));
  if (!isObject(value)) return value;
  const copy: Plain = {};
  for (const [key, part] of Object.entries(value)) {
    if (key === '$id' && !keepIds) continue;
    copy[key] = key === 'properties' ? closeEach(part as Plain, keepIds) : close(part, keepIds);
  }
  if (isObject(copy['properties']) && copy['additionalProperties'] === undefined)
    copy['additionalProperties'] = false;
  return copy;
};

const closeEach = (properties: Plain, keepIds: boolean): Plain =>
  Object.fromEntries(Object.entries(properties).map(([name, part]) => [name, close(part, keepIds)]));

const makeAjv = (coerceTypes: boolean): Ajv2020 => {
  const ajv = new Ajv2020({ strict: true, allErrors: false, allowUnionTypes: true, coerceTypes });
  addFormats.default(ajv);
  // The library's own accepts `urn:uuid:` in front.
  return ajv.addFormat('uuid', new RegExp(uuid, 'i'));
};

/** Checks a value; answers what is wrong with it, or `undefined`. Coercing ones change the value in place. */
export type Check = (value: unknown) => InvalidPart | undefined;

const placeOf = (error: ErrorObject): string => {
  const { missingProperty, additionalProperty } = error.params as Record<string, string | undefined>;
  const name = missingProperty ?? additionalProperty;
  if (name === undefined) return error.instancePath;
  return `${error.instancePath}/${name.slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1')}`;
};

const checkWith =
  (validate: ValidateFunction, prefix: string): Check =>
  (value) => {
    if (validate(value)) return undefined;
    const error = validate.errors![0]!;
    return { pointer: `${prefix}${placeOf(error)}`, message: schemaMessage(error) };
  };

/** Compiles schemas once, at start. */
export const createChecks = () => {
  const strict = makeAjv(false);
  const coercing = makeAjv(true);
  return {
    body: (schema: TSchema): Check => checkWith(strict.compile(closedSchema(schema)), ''),
    /** Parameters are texts; they become what their schema says. */
    parameters: (schema: TSchema, where: 'path' | 'query'): Check =>
      checkWith(coercing.compile(closedSchema(schema)), `/${where}`),
  };
};

export type Checks = ReturnType<typeof createChecks>;

/** Names of a flat object's members whose schema has one of these values for `keyword`. */
export const membersWith = (
  schema: TSchema | undefined,
  keyword: 'type' | 'format',
  values: readonly string[],
): readonly string[] =>
  Object.entries((schema?.['properties'] ?? {}) as Record<string, Plain>)
    .filter(([, member]) => values.includes(member[keyword] as string))
    .map(([name]) => name);
