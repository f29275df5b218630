import { Type } from '@sinclair/typebox';
import { formatPosition } from '../core/position.ts';
import { chooseProjections } from './choose-projections.ts';
import { defineOperation } from './operation.ts';

const none = Type.Object({}, { additionalProperties: false });

export interface DeadLetter {
  readonly projection: string;
  readonly generation: number;
  readonly document: string;
  readonly event: string;
  readonly position: string;
  readonly reason: string;
}

/** Documents that an event stopped which could not be folded; later events for them wait in the log. */
export const deadLettersList = defineOperation<typeof none, never, readonly DeadLetter[]>({
  params: none,
  run: async ({ supervisor, logId }) =>
    (await supervisor.deadDocuments()).map(({ projection, generation, id, eventId, position, reason }) => ({
      projection,
      generation,
      document: id,
      event: eventId,
      position: formatPosition(logId, position),
      reason,
    })),
});

const retryParams = Type.Object(
  {
    projection: Type.Optional(Type.String({ maxLength: 100 })),
    document: Type.Optional(Type.String({ maxLength: 2000 })),
  },
  { additionalProperties: false },
);

export interface RetriedLetter {
  readonly projection: string;
  readonly document: string;
  readonly outcome: 'healed' | 'still_parked' | 'not_parked';
}

/** Folds parked documents again from the log, after the program was mended; an item for each. */
export const deadLettersRetry = defineOperation<
  typeof retryParams,
  RetriedLetter,
  { readonly still_parked: number }
>({
  params: retryParams,
  run: async (engines, { projection, document }, watch) => {
    const { supervisor } = engines;
    const chosen = new Set(chooseProjections(engines, projection === undefined ? [] : [projection]));
    const tried = new Set<string>();
    let stillParked = 0;
    for (const dead of await supervisor.deadDocuments()) {
      const key = `${dead.projection} ${dead.id}`;
      if (!chosen.has(dead.projection) || (document !== undefined && document !== dead.id) || tried.has(key))
        continue;
      tried.add(key);
      const outcome = await supervisor.retry(dead.projection, dead.id);
      if (outcome === 'still_parked') stillParked += 1;
      await watch.item({ projection: dead.projection, document: dead.id, outcome });
    }
    return { still_parked: stillParked };
  },
});
