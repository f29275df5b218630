import { Type } from '@sinclair/typebox';
import { chooseProjections, tellProgress } from './choose-projections.ts';
import { defineOperation } from './operation.ts';
import { refusedPlainly } from './projections-rebuild.ts';

const params = Type.Object(
  { names: Type.Array(Type.String({ maxLength: 100 }), { maxItems: 200, default: [] }) },
  { additionalProperties: false },
);

export interface VerifiedProjection {
  readonly name: string;
  readonly equal: boolean;
  /** Canonical hashes (SHA-256) over all documents in the order of their ids. */
  readonly live: { readonly hash: string; readonly rows: number };
  readonly rebuilt: { readonly hash: string; readonly rows: number };
  /** The first document in which the two differ. Its content is not shown: it may be personal. */
  readonly first_difference: string | null;
}

/** Rebuilds each read model where nobody reads it and compares the two; an item for each. */
export const projectionsVerify = defineOperation<
  typeof params,
  VerifiedProjection,
  { readonly different: number }
>({
  params,
  run: async (engines, { names }, watch) => {
    let different = 0;
    for (const name of chooseProjections(engines, names)) {
      if (watch.signal.aborted) break;
      const { equal, live, rebuilt, firstDifference } = await refusedPlainly(
        engines.supervisor.verify(name, tellProgress(watch, 'verifying')),
      );
      if (!equal) different += 1;
      await watch.item({ name, equal, live, rebuilt, first_difference: firstDifference?.id ?? null });
    }
    return { different };
  },
});
