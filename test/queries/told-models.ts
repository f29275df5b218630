import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openReadStore } from '../../src/adapters/embedded/read-store/open-read-store.ts';
import type { Recorded } from '../../src/events/codec.ts';
import { projections, type ReadModels } from '../../src/projections/all.ts';
import { foldDocument } from '../../src/projections/fold.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { createReadModels } from '../../src/projections/read-models.ts';
import type { Collection } from '../../src/ports/read-store.ts';
import { createStory, type StoryEvent } from '../projections/story.ts';

/** The real read models in a store of their own, filled by telling them events. */
export interface ToldModels {
  readonly models: ReadModels;
  tell(...events: readonly StoryEvent[]): Promise<readonly Recorded[]>;
  close(): Promise<void>;
}

export const openToldModels = async (): Promise<ToldModels> => {
  const directory = await mkdtemp(join(tmpdir(), 'storyline-'));
  const store = await openReadStore({ directory });
  const folding = Object.values(projections) as unknown as readonly Projection[];
  const collections = new Map<string, Collection<object>>();
  for (const projection of folding) {
    collections.set(projection.name, await store.collection<object>(projection, 1));
  }
  const story = createStory();

  const fold = async (projection: Projection, recorded: Recorded): Promise<void> => {
    if (!projection.handles.includes(recorded.event.type)) return;
    const collection = collections.get(projection.name)!;
    for (const id of projection.keys(recorded.event)) {
      const before = await collection.get(id);
      const { pos, value, poison } = foldDocument(projection, id, before, [recorded]);
      if (poison !== undefined) throw new Error(poison.reason);
      await collection.write([{ id, expected: before?.pos, pos: pos!, value: value! }]);
    }
  };

  return {
    models: createReadModels(projections, (name) => collections.get(name)!),
    tell: async (...events) => {
      const told = story.tell(...events);
      for (const recorded of told) for (const projection of folding) await fold(projection, recorded);
      return told;
    },
    close: async () => {
      await store.close();
      await rm(directory, { recursive: true });
    },
  };
};
