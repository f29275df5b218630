import { Type } from '@sinclair/typebox';
import { ProjectionRefused } from '../projections/generations.ts';
import { chooseProjections, tellProgress } from './choose-projections.ts';
import { defineOperation } from './operation.ts';
import { OperationFailed } from './protocol.ts';

const params = Type.Object(
  { names: Type.Array(Type.String({ maxLength: 100 }), { maxItems: 200, default: [] }) },
  { additionalProperties: false },
);

/** What the supervisor refuses is news for the operator, not a defect. */
export const refusedPlainly = async <T>(work: Promise<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ProjectionRefused) throw new OperationFailed('failed', error.message);
    throw error;
  }
};

export interface RebuiltProjection {
  readonly name: string;
  readonly generation: number;
}

/** Rebuilds one after the other, each beside its live generation; an item for each that took over. */
export const projectionsRebuild = defineOperation<
  typeof params,
  RebuiltProjection,
  { readonly rebuilt: number }
>({
  params,
  run: async (engines, { names }, watch) => {
    let rebuilt = 0;
    for (const name of chooseProjections(engines, names)) {
      if (watch.signal.aborted) break;
      const { generation } = await refusedPlainly(
        engines.supervisor.rebuild(name, tellProgress(watch, 'rebuilding')),
      );
      await watch.item({ name, generation });
      rebuilt += 1;
    }
    return { rebuilt };
  },
});

const rollbackParams = Type.Object(
  { name: Type.String({ maxLength: 100 }) },
  { additionalProperties: false },
);

/** Lets the generation before take over again, which was fed on meanwhile. */
export const projectionsRollback = defineOperation<typeof rollbackParams, never, RebuiltProjection>({
  params: rollbackParams,
  run: async (engines, { name: asked }) => {
    const [name = asked] = chooseProjections(engines, [asked]);
    return { name, generation: await refusedPlainly(engines.supervisor.rollback(name)) };
  },
});
