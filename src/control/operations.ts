import type { Static } from '@sinclair/typebox';
import { deadLettersList, deadLettersRetry } from './dead-letters.ts';
import { demo } from './demo/demo.ts';
import { doctor } from './doctor.ts';
import { eventsShow } from './events-show.ts';
import { eventsStats } from './events-stats.ts';
import { eventsTail } from './events-tail.ts';
import type { Operation } from './operation.ts';
import { projectionsList, projectionsStatus } from './projections-list.ts';
import { projectionsRebuild, projectionsRollback } from './projections-rebuild.ts';
import { projectionsVerify } from './projections-verify.ts';
import { usersDisable, usersEnable, usersList } from './users.ts';

/** Everything that the command line can ask for, by the name that goes over the control socket. */
export const operations = {
  'events.tail': eventsTail,
  'events.show': eventsShow,
  'events.stats': eventsStats,
  'projections.list': projectionsList,
  'projections.status': projectionsStatus,
  'projections.rebuild': projectionsRebuild,
  'projections.rollback': projectionsRollback,
  'projections.verify': projectionsVerify,
  'dead-letters.list': deadLettersList,
  'dead-letters.retry': deadLettersRetry,
  'users.list': usersList,
  'users.disable': usersDisable,
  'users.enable': usersEnable,
  doctor,
  demo,
} as const;

export type OperationName = keyof typeof operations;

export type ParamsOf<Name extends OperationName> = Partial<Static<(typeof operations)[Name]['params']>>;
export type ItemOf<Name extends OperationName> =
  (typeof operations)[Name] extends Operation<infer _Params, infer Item, infer _Result> ? Item : never;
export type ResultOf<Name extends OperationName> =
  (typeof operations)[Name] extends Operation<infer _Params, infer _Item, infer Result> ? Result : never;
