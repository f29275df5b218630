import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { openEphemeralStore } from '../../src/adapters/embedded/ephemeral-store/open-ephemeral-store.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { TopPostsSchema } from '../../src/http/post-schemas.ts';
import { closedSchema } from '../../src/http/validation.ts';
import type { EphemeralStore } from '../../src/ports/ephemeral-store.ts';
import { posts } from '../../src/projections/posts.ts';
import { topPosts } from '../../src/queries/top-posts.ts';
import { liked, posted, postRemoved, registered, userId } from './people-and-posts.ts';
import type { StoryEvent } from '../projections/story.ts';
import { openToldModels, type ToldModels } from './told-models.ts';

const ajv = addFormats.default(new Ajv2020({ strict: false }));
const isTop = ajv.compile(closedSchema(TopPostsSchema));

describe('The query of the top posts', () => {
  let told: ToldModels;
  let ephemeral: EphemeralStore;
  let directory: string;
  beforeEach(async () => {
    told = await openToldModels();
    directory = await mkdtemp(join(tmpdir(), 'storyline-'));
    ephemeral = await openEphemeralStore({ directory, clock: systemClock, chance: systemChance });
    await told.tell(registered('anna'), registered('boris'));
  });
  afterEach(async () => {
    await told.close();
    await ephemeral.close();
    await rm(directory, { recursive: true });
  });

  /** As the projection's runner does: the counter grows after the documents are written. */
  const tell = async (...events: readonly StoryEvent[]) => {
    await told.tell(...events);
    await ephemeral.increment(posts.versionCounter!, 1, 60_000, { volatile: true });
  };
  const top = async (viewer?: string) => {
    const by = viewer === undefined ? undefined : userId(viewer);
    const { json, cache } = await topPosts(told.models, ephemeral, by);
    const page = JSON.parse(json) as { items: { content: string; is_liked: boolean; author: unknown }[] };
    expect(isTop(page), JSON.stringify(isTop.errors)).to.equal(true);
    return { cache, items: page.items, names: page.items.map(({ content }) => content.slice(6)) };
  };

  it('sorts by likes, of equals the newer first', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await tell(...posted(name, 'anna'));
    await tell(liked('post', 'b', 'anna'), liked('post', 'c', 'boris'), liked('post', 'b', 'boris'));
    expect((await top()).names).to.deep.equal(['b', 'c', 'd', 'a']);
  });

  it('holds ten at most, and none that is deleted', async () => {
    for (let index = 0; index < 12; index += 1) await tell(...posted(`${index}`, 'anna'));
    await tell(postRemoved('11', 'anna'));
    expect((await top()).names).to.deep.equal(['10', '9', '8', '7', '6', '5', '4', '3', '2', '1']);
  });

  it('comes from the cache until something changes, and is right at once when it does', async () => {
    await tell(...posted('a', 'anna'), ...posted('b', 'anna'));
    expect(await top()).to.include({ cache: 'stored' });
    expect(await top()).to.include({ cache: 'hit' });
    await tell(liked('post', 'a', 'boris'));
    expect(await top()).to.deep.include({ cache: 'stored', names: ['a', 'b'] });
    expect(await top()).to.deep.include({ cache: 'hit', names: ['a', 'b'] });
  });

  it('gives each viewer his own likes and everybody’s names of now from the same entry', async () => {
    await tell(...posted('a', 'anna'), liked('post', 'a', 'boris'));
    expect((await top('anna')).items[0]).to.include({ is_liked: false });
    const renamed = { username: 'anne', usernameKey: '1'.repeat(64), usernameClaim: userId('claim') };
    await told.tell({
      type: 'UsernameChanged',
      v: 1,
      userId: userId('anna'),
      ...renamed,
      at: '2026-11-21T12:00:00.000Z' as never,
    });
    const mine = await top('boris');
    expect(mine.cache).to.equal('hit');
    expect(mine.items[0]).to.deep.include({
      is_liked: true,
      author: { id: userId('anna'), username: 'anne' },
    });
  });
});
