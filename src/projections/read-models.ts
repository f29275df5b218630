import type { Recorded } from '../events/codec.ts';
import type { Collection, StoredDocument } from '../ports/read-store.ts';
import { foldDocument } from './fold.ts';
import type { Projection } from './projection.ts';
import type { ReadModel } from './read-model.ts';

/** What a projection is to code that is generic over all of them. */
export type AnyProjection = Omit<Projection, 'keys' | 'apply' | 'handles'> & {
  readonly handles: readonly string[];
  readonly keys: (event: never) => readonly string[];
  readonly apply: (document: never, recorded: never, id: string) => object;
};

/** The read models of these projections, by the same names. */
export type ReadModelsOf<P extends Readonly<Record<string, AnyProjection>>> = {
  readonly [Name in keyof P]: P[Name] extends Projection<infer Document, infer _Event>
    ? ReadModel<Document>
    : never;
};

const overlaid = (
  projection: Projection,
  id: string,
  stored: StoredDocument<object> | undefined,
  overlay: readonly Recorded[],
): StoredDocument<object> | undefined => {
  const mine = overlay.filter(
    ({ event, position }) =>
      (stored === undefined || position > stored.pos) &&
      projection.handles.includes(event.type) &&
      projection.keys(event).includes(id),
  );
  if (mine.length === 0) return stored;
  const { pos, value } = foldDocument(projection, id, stored, mine);
  return pos === undefined || value === undefined ? undefined : { id, pos, value };
};

const createReadModel = (projection: Projection, live: () => Collection<object>): ReadModel<object> => ({
  get: async (id, overlay) => {
    const stored = await live().get(id);
    return overlay === undefined ? stored : overlaid(projection, id, stored, overlay);
  },
  getMany: (ids) => live().getMany(ids),
  find: (find) => live().find(find),
});

/** @param live the collection of a projection's live generation, asked anew for every read. */
export const createReadModels = <const P extends Readonly<Record<string, AnyProjection>>>(
  projections: P,
  live: (projection: string) => Collection<object>,
): ReadModelsOf<P> =>
  Object.fromEntries(
    Object.entries(projections).map(([name, projection]) => [
      name,
      createReadModel(projection as unknown as Projection, () => live(projection.name)),
    ]),
  ) as unknown as ReadModelsOf<P>;
