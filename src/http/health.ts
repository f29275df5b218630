import { Type } from '@sinclair/typebox';
import { refuse } from '../core/result.ts';
import { route, type Route } from './route.ts';

const StatusSchema = Type.Object(
  { status: Type.Literal('ok') },
  { $id: 'HealthSchema', additionalProperties: false },
);

const alive = { status: 200, body: { status: 'ok' } } as const;

/** What load balancers and supervisors ask. */
export const healthRoutes: readonly Route[] = [
  route({
    name: 'getHealth',
    method: 'GET',
    path: '/health',
    tag: 'operation',
    summary: 'Whether the process lives',
    who: 'anyone',
    replies: { 200: { description: 'It answers.', schema: StatusSchema } },
    refusals: [],
    handler: async () => alive,
  }),
  route({
    name: 'getReadiness',
    method: 'GET',
    path: '/ready',
    tag: 'operation',
    summary: 'Whether the process should get traffic',
    description:
      'Fails while a read model is further behind the log than its bound, or a store does not answer.',
    who: 'anyone',
    replies: { 200: { description: 'It should.', schema: StatusSchema } },
    refusals: ['not_ready'],
    handler: async (_request, { health }) => {
      const reasons = await health.notReady();
      return reasons.length === 0 ? alive : refuse('not_ready', { message: reasons.join(' ') });
    },
  }),
];
