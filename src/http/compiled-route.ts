import type { TObject, TSchema } from '@sinclair/typebox';
import { pathReader, queryReader } from './parameters.ts';
import type { HttpContext } from './request-state.ts';
import type { Route, RouteRequest, Who } from './route.ts';
import { compileSerialisers, type Serialise } from './serialisers.ts';
import type { Check, Checks } from './validation.ts';

/** A route with everything compiled that can be compiled at start. */
export interface CompiledRoute {
  readonly route: Route;
  readonly readPath: ReturnType<typeof pathReader>;
  readonly readQuery: ReturnType<typeof queryReader>;
  readonly checkBody: Check | undefined;
  readonly serialisers: ReadonlyMap<number, Serialise>;
  /** Where the path's segments hold parameters. */
  readonly places: readonly (readonly [name: string, segment: number])[];
}

export type AnyRequest = RouteRequest<Who, TObject, TObject, TSchema>;

export const compileRoute = (route: Route, checks: Checks): CompiledRoute => ({
  route,
  readPath: pathReader(route.params, checks),
  readQuery: queryReader(route.query, checks),
  checkBody: route.body === undefined ? undefined : checks.body(route.body),
  serialisers: compileSerialisers(route),
  places: route.path
    .split('/')
    .flatMap((part, segment) => (part.startsWith('{') ? [[part.slice(1, -1), segment] as const] : [])),
});

/** Parameters as they were sent: the router's own come decoded, `..%2f` and NUL included. */
export const rawParameters = ({ places }: CompiledRoute, path: string): Record<string, string> => {
  const raw: Record<string, string> = {};
  if (places.length === 0) return raw;
  const segments = path.split('/');
  for (const [name, segment] of places) raw[name] = segments[segment] ?? '';
  return raw;
};

/** One header as one text. */
export const headerOf = (ctx: HttpContext, name: string): string | undefined => {
  const value = ctx.req.headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
};
