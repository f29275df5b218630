import { Type } from '@sinclair/typebox';
import { formatPosition } from '../core/position.ts';
import { defineOperation } from './operation.ts';

const params = Type.Object({}, { additionalProperties: false });

export interface ProjectionView {
  readonly name: string;
  readonly handles: readonly string[];
  readonly indexes: readonly string[];
  /** Whether texts are opened for it. */
  readonly personal: boolean;
}

/** What read models there are, whether or not they are filled. */
export const projectionsList = defineOperation<typeof params, never, readonly ProjectionView[]>({
  params,
  run: async ({ projections }) =>
    projections.map(({ name, handles, indexes, personal }) => ({
      name,
      handles,
      indexes: indexes.map((index) => index.name),
      personal,
    })),
});

export interface ProjectionStatus {
  readonly name: string;
  readonly generation: number;
  readonly state: 'live' | 'previous' | 'building';
  readonly position: string;
  readonly lag_events: number;
  readonly lag_seconds: number;
  readonly parked: number;
}

/** Where each generation of each read model stands. */
export const projectionsStatus = defineOperation<typeof params, never, readonly ProjectionStatus[]>({
  params,
  run: async ({ supervisor, logId }) =>
    (await supervisor.status()).map((status) => ({
      name: status.projection,
      generation: status.generation,
      state: status.state,
      position: formatPosition(logId, status.position),
      lag_events: status.lagEvents,
      lag_seconds: Math.round(status.lagMillis / 1000),
      parked: status.parked,
    })),
});
