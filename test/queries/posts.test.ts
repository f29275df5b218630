import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { logId } from '../projections/world.ts';
import { createStory } from '../projections/story.ts';
import { encodeCursor } from '../../src/core/cursor.ts';
import { instant } from '../../src/core/clock.ts';
import type { Position } from '../../src/core/position.ts';
import { PostPageSchema, PostSchema } from '../../src/http/post-schemas.ts';
import { closedSchema } from '../../src/http/validation.ts';
import { newestPosts, type NewestPosts } from '../../src/queries/newest-posts.ts';
import { readPost } from '../../src/queries/post.ts';
import {
  disabled,
  erasedAccount,
  liked,
  posted,
  postId,
  postRemoved,
  registered,
  userId,
} from './people-and-posts.ts';
import { openToldModels, type ToldModels } from './told-models.ts';

const ajv = addFormats.default(new Ajv2020({ strict: false }));
const isPost = ajv.compile(closedSchema(PostSchema));
const isPostPage = ajv.compile(closedSchema(PostPageSchema));

interface Page {
  readonly items: readonly { readonly content: string; readonly is_liked: boolean }[];
  readonly next_cursor: string | null;
}

describe('Queries of posts', () => {
  let told: ToldModels;
  beforeEach(async () => {
    told = await openToldModels();
    await told.tell(registered('anna'), registered('boris'));
  });
  afterEach(() => told.close());

  const read = async (name: string, viewer?: string) => {
    const post = await readPost(told.models, viewer === undefined ? undefined : userId(viewer), postId(name));
    return post === undefined ? undefined : (JSON.parse(post.json) as Record<string, unknown>);
  };

  const page = async (request: NewestPosts, viewer?: string): Promise<Page> => {
    const found = await newestPosts(
      told.models,
      logId,
      viewer === undefined ? undefined : userId(viewer),
      request,
    );
    if (!found.ok) throw new Error(found.refusal);
    const parsed = JSON.parse(found.value.json) as Page;
    expect(isPostPage(parsed), JSON.stringify(isPostPage.errors)).to.equal(true);
    return parsed;
  };
  const contents = ({ items }: Page) => items.map(({ content }) => content);

  it('answer exactly what the schema of a post declares', async () => {
    await told.tell(...posted('tea', 'anna', ['boris']), liked('post', 'tea', 'boris'));
    const post = await read('tea', 'boris');
    expect(isPost(post), JSON.stringify(isPost.errors)).to.equal(true);
    expect(post).to.deep.include({
      id: postId('tea'),
      author: { id: userId('anna'), username: 'anna' },
      content: 'About tea',
      tagged_users: [{ id: userId('boris'), username: 'boris' }],
      likes_count: 1,
      comments_count: 0,
      is_liked: true,
      status: 'published',
    });
    expect(await read('tea')).to.include({ is_liked: false });
    expect(await read('tea', 'anna')).to.include({ is_liked: false });
  });

  it('take names as they are now', async () => {
    await told.tell(...posted('tea', 'anna', ['boris']));
    const renamed = { username: 'bob', usernameKey: '1'.repeat(64), usernameClaim: postId('claim') };
    await told.tell({ type: 'UsernameChanged', v: 1, userId: userId('boris'), ...renamed, at: instant(0) });
    expect(await read('tea')).to.deep.include({ tagged_users: [{ id: userId('boris'), username: 'bob' }] });
  });

  it('leave the post of an erased author without one, and erased people out of the tags', async () => {
    await told.tell(erasedAccount('ghost'), ...posted('tea', 'ghost', ['ghost', 'boris']));
    const post = await read('tea');
    expect(isPost(post), JSON.stringify(isPost.errors)).to.equal(true);
    expect(post).to.deep.include({
      author: null,
      tagged_users: [{ id: userId('boris'), username: 'boris' }],
    });
  });

  it('show an unpublished post to its author only', async () => {
    await told.tell(posted('tea', 'anna')[0]!);
    expect(await read('tea', 'anna')).to.include({ status: 'processing', published_at: null });
    expect(await read('tea', 'boris')).to.equal(undefined);
    expect(contents(await page({ limit: 10 }, 'anna'))).to.deep.equal([]);
  });

  it('show a deleted post to nobody', async () => {
    await told.tell(...posted('tea', 'anna'), postRemoved('tea', 'anna'));
    expect(await read('tea', 'anna')).to.equal(undefined);
    expect(contents(await page({ limit: 10 }, 'anna'))).to.deep.equal([]);
  });

  it('show the posts of a disabled account to itself only', async () => {
    await told.tell(...posted('tea', 'anna'), disabled('anna'));
    expect(await read('tea', 'boris')).to.equal(undefined);
    expect(await read('tea', 'anna')).not.to.equal(undefined);
    expect(contents(await page({ limit: 10 }))).to.deep.equal([]);
  });

  it('show a command’s own events before the read model has them', async () => {
    await told.tell(...posted('tea', 'anna'));
    const own = [{ ...createStory().tell(liked('post', 'tea', 'boris'))[0]!, position: 1_000n as Position }];
    const post = await readPost(told.models, userId('boris'), postId('tea'), own);
    expect(JSON.parse(post!.json)).to.include({ likes_count: 1 });
    expect(await read('tea')).to.include({ likes_count: 0 });
  });

  it('page through all posts, newest first, each once, while more are written', async () => {
    const names = Array.from({ length: 7 }, (_, index) => `post ${index}`);
    for (const name of names) await told.tell(...posted(name, 'anna'));
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let turn = 0; turn < 10; turn += 1) {
      const found = await page({ limit: 3, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...contents(found));
      if (found.next_cursor === null) break;
      cursor = found.next_cursor;
      await told.tell(...posted(`new ${turn}`, 'boris'));
    }
    expect(seen).to.deep.equal(names.toReversed().map((name) => `About ${name}`));
  });

  it('page through one author’s posts, with the viewer’s likes', async () => {
    for (const name of ['a', 'b', 'c'])
      await told.tell(...posted(name, 'anna'), ...posted(`${name}2`, 'boris'));
    await told.tell(liked('post', 'b', 'boris'));
    const first = await page({ author: userId('anna'), limit: 2 }, 'boris');
    expect(first.items.map(({ content, is_liked }) => [content, is_liked])).to.deep.equal([
      ['About c', false],
      ['About b', true],
    ]);
    const second = await page({ author: userId('anna'), limit: 2, cursor: first.next_cursor! });
    expect(contents(second)).to.deep.equal(['About a']);
    expect(second.next_cursor).to.equal(null);
  });

  it('refuse another list’s cursor, another log’s and a made-up one', async () => {
    for (const name of ['a', 'b']) await told.tell(...posted(name, 'anna'));
    const cursor = (await page({ limit: 1 })).next_cursor!;
    const refusalOf = async (log: string, request: NewestPosts) => {
      const found = await newestPosts(told.models, log, undefined, request);
      return found.ok ? undefined : found.refusal;
    };
    expect(await refusalOf(logId, { author: userId('anna'), limit: 1, cursor })).to.equal('cursor_malformed');
    expect(await refusalOf(postId('other log'), { limit: 1, cursor })).to.equal('cursor_of_another_log');
    expect(await refusalOf(logId, { limit: 1, cursor })).to.equal(undefined);
    for (const place of [
      { key: [-1n], id: 'x' },
      { key: [2n ** 63n], id: 'x' },
      { key: [1n], id: '' },
      { key: [1n], id: 'x'.repeat(500) },
      { key: [1n], id: 'a\u0000' },
      { key: [1], id: 'x' },
    ]) {
      const made = encodeCursor(logId, 'posts', place);
      expect(await refusalOf(logId, { limit: 1, cursor: made })).to.equal('cursor_malformed');
    }
  });
});
