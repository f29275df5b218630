import type { TSchema } from '@sinclair/typebox';
import { isDeepStrictEqual } from 'node:util';
import { sharedHeaders } from './openapi-headers.ts';
import { ProblemSchema } from './openapi-problems.ts';
import { closedSchema } from './validation.ts';

type Plain = Record<string, unknown>;

export interface Components {
  /** A reference to the schema under its own name, or under the one given. */
  named(schema: TSchema, name: string): Plain;
  all(): Plain;
}

const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Collects the named schemas of a document: each is printed once and referred to. */
export const createComponents = (): Components => {
  const schemas: Record<string, Plain> = {};

  const add = (name: string, schema: Plain): Plain => {
    const earlier = schemas[name];
    if (earlier !== undefined && !isDeepStrictEqual(earlier, schema))
      throw new Error(`Two different schemas are named ${name}.`);
    schemas[name] = schema;
    return { $ref: `#/components/schemas/${name}` };
  };

  /** Schemas that carry a name move to the components, from the inside out. */
  const hoist = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(hoist);
    if (!isPlain(value)) return value;
    const { $id, ...rest } = value;
    const copy: Plain = Object.fromEntries(Object.entries(rest).map(([key, part]) => [key, hoist(part)]));
    if (typeof copy['$ref'] === 'string' && !copy['$ref'].startsWith('#'))
      copy['$ref'] = `#/components/schemas/${copy['$ref']}`;
    return typeof $id === 'string' ? add($id, copy) : copy;
  };

  return {
    named: (schema, name) => {
      const hoisted = hoist(closedSchema(schema, true)) as Plain;
      return '$ref' in hoisted ? hoisted : add(name, hoisted);
    },
    all: () => ({
      securitySchemes: {
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'An access token.' },
      },
      ...sharedHeaders,
      schemas: { ...schemas, ProblemSchema },
    }),
  };
};
