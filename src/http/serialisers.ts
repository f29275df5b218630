import fastJson from 'fast-json-stringify';
import { closedSchema } from './validation.ts';
import type { Route } from './route.ts';

export type Serialise = (body: unknown) => string;

/** One compiled serialiser a status: nothing leaves that the reply's schema does not declare. */
export const compileSerialisers = (route: Route): ReadonlyMap<number, Serialise> => {
  const serialisers = new Map<number, Serialise>();
  for (const [status, { schema }] of Object.entries(route.replies)) {
    if (schema !== undefined)
      serialisers.set(
        Number(status),
        fastJson(closedSchema(schema) as unknown as Parameters<typeof fastJson>[0]),
      );
  }
  return serialisers;
};
