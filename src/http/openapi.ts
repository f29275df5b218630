import type { TSchema } from '@sinclair/typebox';
import { createComponents, type Components } from './openapi-components.ts';
import { commandHeaders, conditionalHeader, queryHeaders, replyHeaders } from './openapi-headers.ts';
import { problemExamples, problemResponses } from './openapi-problems.ts';
import type { Route } from './route.ts';
import { closedSchema } from './validation.ts';

type Plain = Record<string, unknown>;

/** The route's own name, as schemas that have none are named after it. */
const pascal = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

const parametersOf = (schema: TSchema | undefined, where: 'path' | 'query'): Plain[] => {
  const { properties, required } = (schema === undefined ? {} : closedSchema(schema)) as {
    properties?: Record<string, Plain>;
    required?: readonly string[];
  };
  return Object.entries(properties ?? {}).map(([name, { description, ...member }]) => ({
    name,
    in: where,
    required: where === 'path' || required?.includes(name) === true,
    ...(description === undefined ? {} : { description }),
    schema: member,
  }));
};

const security = {
  anyone: [],
  optional: [{}, { accessToken: [] }],
  user: [{ accessToken: [] }],
} as const;

const repliesOf = (route: Route, components: Components): Plain => {
  const responses: Plain = {};
  for (const [status, reply] of Object.entries(route.replies)) {
    const headers = replyHeaders(route, Number(status), reply.headers);
    responses[status] = {
      description: reply.description,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...(reply.schema === undefined
        ? {}
        : {
            content: {
              'application/json': {
                schema: components.named(reply.schema, `${pascal(route.name)}Reply${status}Schema`),
              },
            },
          }),
    };
  }
  if (route.method === 'GET') responses['304'] ??= { description: 'Not modified: If-None-Match still fits.' };
  return responses;
};

const operationOf = (route: Route, components: Components): Plain => ({
  operationId: route.name,
  tags: [pascal(route.tag)],
  summary: route.summary,
  ...(route.description === undefined ? {} : { description: route.description }),
  security: security[route.who],
  parameters: [
    ...parametersOf(route.params, 'path'),
    ...parametersOf(route.query, 'query'),
    ...(route.method === 'GET' ? queryHeaders : commandHeaders),
    ...(route.ifMatch === true ? [conditionalHeader] : []),
  ],
  ...(route.body === undefined
    ? {}
    : {
        requestBody: {
          required: route.bodyOptional !== true,
          content: {
            'application/json': { schema: components.named(route.body, `${pascal(route.name)}Schema`) },
          },
        },
      }),
  responses: { ...repliesOf(route, components), ...problemResponses(route) },
});

/** What each group of operations is for, as the pages about the API show it. */
const about: Readonly<Record<string, string>> = {
  Accounts: 'Registering, your profile, your password.',
  Sessions: 'Signing in by password or one-time code, refreshing, signing out.',
  Users: 'What others see of an account.',
  Posts: 'Writing, reading and removing posts; the best of them.',
  Comments: 'Comments under posts and under one another, without a limit of depth.',
  Likes: 'Liking posts and comments, and who did.',
  Operation: 'For load balancers and supervisors.',
};

/** The OpenAPI 3.1 description of the routes, made from the very schemas that check requests and serialise replies. */
export const openApiDocument = (routes: readonly Route[]): Plain => {
  const components = createComponents();
  const paths: Record<string, Plain> = {};
  for (const route of routes)
    (paths[route.path] ??= {})[route.method.toLowerCase()] = operationOf(route, components);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Storyline',
      version: '0.1.0',
      description:
        'An event-sourced backend: accounts, posts, comments and likes. Every answer of a command tells its position in the log; errors are problem documents (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [
      { url: '/', description: 'Here' },
      { url: '/api/v1', description: 'The same, under a versioned prefix' },
    ],
    tags: [...new Set(routes.map(({ tag }) => pascal(tag)))].map((name) => ({
      name,
      description: about[name] ?? name,
    })),
    paths,
    components: { ...components.all(), examples: problemExamples(routes) },
  };
};
