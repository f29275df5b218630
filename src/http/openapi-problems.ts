import { problemOf, type AnyRefusal } from './protocol-problems.ts';
import type { Route } from './route.ts';

type Plain = Record<string, unknown>;

/** RFC 9457 with our own members. */
export const ProblemSchema: Plain = {
  type: 'object',
  description: 'A problem document (RFC 9457). Some problems carry members of their own.',
  properties: {
    type: { type: 'string', description: 'Stable: switch on it.' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What to do about it.' },
    instance: { type: 'string', description: 'The path that was called.' },
    request_id: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          pointer: { type: 'string', description: 'JSON pointer to what is wrong.' },
          message: { type: 'string' },
        },
        required: ['pointer', 'message'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'instance', 'request_id'],
};

const tokens: readonly AnyRefusal[] = [
  'token_invalid',
  'token_expired',
  'token_rotated',
  'session_superseded',
  'session_revoked',
];

/** What the framework itself may refuse on a route, besides what its handler does. */
const refusalsOf = (route: Route): ReadonlySet<AnyRefusal> => {
  const command = route.method !== 'GET';
  return new Set<AnyRefusal>([
    ...route.refusals,
    ...(route.who === 'anyone' ? [] : tokens),
    ...(route.who === 'user' ? (['token_missing'] as const) : []),
    'invalid_parameter',
    'not_acceptable',
    ...(command
      ? ([
          'malformed_json',
          'cross_site',
          'invalid_body',
          'body_too_large',
          'unsupported_media_type',
          'request_in_progress',
          'idempotency_key_reused',
          'contention',
          'no_room',
        ] as const)
      : (['cursor_of_another_log'] as const)),
    ...(command && route.who !== 'anyone' ? (['rate_limited'] as const) : []),
    ...(route.ifMatch === true ? (['precondition_failed'] as const) : []),
    'internal_error',
    'unavailable',
  ]);
};

/** An example of every problem that one of the routes may answer, by its slug. */
export const problemExamples = (routes: readonly Route[]): Plain => {
  const refusals = new Set(routes.flatMap((route) => [...refusalsOf(route)]));
  return Object.fromEntries(
    [...refusals].map(problemOf).map(({ slug, status, title, detail }) => [
      slug,
      {
        value: {
          type: `/problems/${slug}`,
          title: title.en,
          status,
          detail: detail.en,
          instance: '/posts',
          request_id: 'zL8y5LSKn4vT-1k',
        },
      },
    ]),
  );
};

const exampleOf = (refusal: AnyRefusal): readonly [string, Plain] => {
  const { slug } = problemOf(refusal);
  return [slug, { $ref: `#/components/examples/${slug}` }];
};

/** One response a status, with an example of every problem that it may be. */
export const problemResponses = (route: Route): Plain => {
  const byStatus = new Map<number, AnyRefusal[]>();
  for (const refusal of refusalsOf(route)) {
    const { status } = problemOf(refusal);
    byStatus.set(status, [...(byStatus.get(status) ?? []), refusal]);
  }
  return Object.fromEntries(
    [...byStatus]
      .toSorted(([a], [b]) => a - b)
      .map(([status, refusals]) => [
        String(status),
        {
          description: refusals.map((refusal) => problemOf(refusal).title.en).join(', or '),
          content: {
            'application/problem+json': {
              schema: { $ref: '#/components/schemas/ProblemSchema' },
              examples: Object.fromEntries(refusals.map(exampleOf)),
            },
          },
        },
      ]),
  );
};
