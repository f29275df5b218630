import type { TSchema } from '@sinclair/typebox';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { expect } from 'chai';
import { CommentPageSchema, CommentSchema } from '../../src/http/comment-schemas.ts';
import { closedSchema } from '../../src/http/validation.ts';
import { readComment } from '../../src/queries/comment.ts';
import { commentTree, type CommentTree } from '../../src/queries/comment-tree.ts';
import { flatComments } from '../../src/queries/flat-comments.ts';
import { logId } from '../projections/world.ts';
import {
  commented,
  commentId,
  commentRemoved,
  commentRestored,
  liked,
  posted,
  postId,
  postRemoved,
  registered,
  userId,
} from './people-and-posts.ts';
import { openToldModels, type ToldModels } from './told-models.ts';

/** One compiler each, for the schema of a page brings that of a comment along. */
const compiled = (schema: TSchema) =>
  addFormats.default(new Ajv2020({ strict: false })).compile(closedSchema(schema));
const isPage = compiled(CommentPageSchema);
const isComment = compiled(CommentSchema);

interface Comment {
  readonly id: string;
  readonly content: string | null;
  readonly is_deleted: boolean;
  readonly is_liked: boolean;
  readonly replies_count: number;
  readonly replies: Page;
}
interface Page {
  readonly items: readonly Comment[];
  readonly next_cursor: string | null;
}

/** `a(b,c(d))`: contents with what hangs below, `-` for an empty node, `…` for a cursor. */
const drawn = ({ items, next_cursor: next }: Page): string =>
  [
    ...items.map(({ content, replies }) => {
      const below = drawn(replies);
      return (content ?? '-') + (below === '' ? '' : `(${below})`);
    }),
    ...(next === null ? [] : ['…']),
  ].join(',');

describe('Queries of comments', () => {
  let told: ToldModels;
  beforeEach(async () => {
    told = await openToldModels();
    await told.tell(registered('anna'), registered('boris'), ...posted('tea', 'anna'));
  });
  afterEach(() => told.close());

  /** Each of the names below the one before: `['a', 'b', 'c']` is a thread of three. */
  const thread = async (...names: readonly string[]) => {
    for (const [depth, name] of names.entries()) {
      await told.tell(commented(name, { post: 'tea', by: 'boris', parent: names[depth - 1], depth }));
    }
  };
  const remove = (name: string, parent?: string) =>
    told.tell(commentRemoved(name, { post: 'tea', by: 'boris', parent }));
  const restore = (name: string, parent?: string) =>
    told.tell(commentRestored(name, { post: 'tea', by: 'boris', parent }));

  const tree = async (request: Partial<CommentTree> = {}, viewer?: string): Promise<Page> => {
    const asked = { limit: 20, depth: 20, ...request };
    const by = viewer === undefined ? undefined : userId(viewer);
    const found = await commentTree(told.models, logId, by, postId('tea'), asked);
    if (!found.ok) throw new Error(found.refusal);
    const page = JSON.parse(found.value.json) as Page;
    expect(isPage(page), JSON.stringify(isPage.errors)).to.equal(true);
    return page;
  };
  const flat = async (): Promise<Page> => {
    const found = await flatComments(told.models, logId, undefined, postId('tea'), { limit: 100 });
    if (!found.ok) throw new Error(found.refusal);
    return JSON.parse(found.value.json) as Page;
  };

  it('draw a tree, oldest first on every level', async () => {
    await thread('a', 'b', 'c');
    await thread('d');
    await told.tell(commented('e', { post: 'tea', by: 'anna', parent: 'a', depth: 1 }));
    expect(drawn(await tree())).to.equal('a(b(c),e),d');
    expect((await flat()).items.map(({ content }) => content)).to.deep.equal(['a', 'b', 'c', 'd', 'e']);
  });

  it('mark what the viewer likes, on every level', async () => {
    await thread('a', 'b');
    await told.tell(liked('comment', 'b', 'anna', 'tea'));
    const likedBy = async (viewer?: string) => (await tree({}, viewer)).items[0]!.replies.items[0]!.is_liked;
    expect(await likedBy('anna')).to.equal(true);
    expect(await likedBy('boris')).to.equal(false);
    expect(await likedBy()).to.equal(false);
  });

  it('cut at the depth asked for, with a cursor that goes on from there', async () => {
    await thread('a', 'b', 'c', 'd');
    const cut = await tree({ depth: 2 });
    expect(drawn(cut)).to.equal('a(b(…))');
    const cursor = cut.items[0]!.replies.items[0]!.replies.next_cursor!;
    expect(drawn(await tree({ parent: commentId('b'), cursor }))).to.equal('c(d)');
    expect(drawn(await tree({ parent: commentId('b') }))).to.equal('c(d)');
  });

  it('cut at the limit on every level, with a cursor that goes on from there', async () => {
    await thread('a');
    for (const name of ['b', 'c', 'd', 'e']) {
      await told.tell(commented(name, { post: 'tea', by: 'anna', parent: 'a', depth: 1 }));
    }
    await thread('f');
    await thread('g');
    const first = await tree({ limit: 2 });
    expect(drawn(first)).to.equal('a(b,c,…),f,…');
    expect(drawn(await tree({ limit: 2, cursor: first.next_cursor! }))).to.equal('g');
    const cursor = first.items[0]!.replies.next_cursor!;
    expect(drawn(await tree({ limit: 2, parent: commentId('a'), cursor }))).to.equal('d,e');
  });

  it('never answer more than a thousand nodes, and lead on from where they stop', async () => {
    const names = (count: number, of: string) => Array.from({ length: count }, (_, index) => `${of}${index}`);
    for (const top of names(30, 'top')) {
      const below = names(40, `${top}-`);
      await told.tell(
        commented(top, { post: 'tea', by: 'anna' }),
        ...below.map((name) => commented(name, { post: 'tea', by: 'anna', parent: top, depth: 1 })),
      );
    }
    const page = await tree({ limit: 100 });
    const counts = page.items.map(({ replies }) => replies.items.length);
    expect(page.items.length + counts.reduce((sum, count) => sum + count)).to.equal(1_000);
    const cut = page.items.filter(({ replies }) => replies.items.length < 40);
    expect(cut.length).to.be.greaterThan(0);
    for (const { id, replies } of cut) {
      const rest = await tree({ limit: 100, parent: id as never, cursor: replies.next_cursor! });
      expect(replies.items.length + rest.items.length).to.equal(40);
    }
  });

  it('empty a deleted comment that has replies, and drop one that has none', async () => {
    await thread('a', 'b');
    await thread('c');
    await remove('a');
    await remove('c');
    const [node, ...others] = (await tree()).items;
    expect(others).to.deep.equal([]);
    expect(node).to.deep.include({ content: null, author: null, is_deleted: true, replies_count: 1 });
    expect(drawn(await tree())).to.equal('-(b)');
    expect((await flat()).items.map(({ content }) => content)).to.deep.equal([null, 'b']);
  });

  it('drop deleted comments that hold nothing but deleted ones', async () => {
    await thread('a', 'b', 'c');
    await remove('a');
    await remove('b', 'a');
    expect(drawn(await tree())).to.equal('-(-(c))');
    await remove('c', 'b');
    expect(drawn(await tree())).to.equal('');
  });

  it('keep such a one where the answer is cut above what it holds', async () => {
    await thread('a', 'b', 'c');
    await remove('b', 'a');
    await remove('c', 'b');
    expect(drawn(await tree({ depth: 2 }))).to.equal('a(-(…))');
    expect(drawn(await tree({ depth: 3 }))).to.equal('a');
  });

  it('bring everything back as it was', async () => {
    await thread('a', 'b');
    const before = await tree();
    await remove('a');
    await remove('b', 'a');
    await restore('b', 'a');
    await restore('a');
    expect(await tree()).to.deep.equal(before);
  });

  it('answer one comment with the way to its replies', async () => {
    await thread('a', 'b');
    const one = async (name: string) => {
      const found = await readComment(told.models, logId, undefined, commentId(name));
      return found === undefined ? undefined : (JSON.parse(found.json) as Comment);
    };
    const comment = (await one('a'))!;
    expect(isComment(comment), JSON.stringify(isComment.errors)).to.equal(true);
    expect(drawn({ items: [comment], next_cursor: null })).to.equal('a(…)');
    const cursor = comment.replies.next_cursor!;
    expect(drawn(await tree({ parent: commentId('a'), cursor }))).to.equal('b');
    await remove('a');
    await remove('b', 'a');
    expect(await one('a')).to.include({ is_deleted: true });
    expect(await one('b')).to.equal(undefined);
  });

  it('find nothing under a hidden post, and no parent elsewhere', async () => {
    await thread('a');
    const refusalOf = async (post: string, parent?: string) => {
      const asked = { limit: 1, depth: 1, ...(parent === undefined ? {} : { parent: commentId(parent) }) };
      const found = await commentTree(told.models, logId, undefined, postId(post), asked);
      return found.ok ? undefined : found.refusal;
    };
    await told.tell(...posted('milk', 'anna'));
    expect(await refusalOf('milk', 'a')).to.equal('comment_not_found');
    expect(await refusalOf('tea', 'b')).to.equal('comment_not_found');
    await told.tell(postRemoved('tea', 'anna'));
    expect(await refusalOf('tea')).to.equal('post_not_found');
    expect(await readComment(told.models, logId, undefined, commentId('a'))).to.equal(undefined);
  });

  it('agree with a naive tree, whatever was written, deleted and restored', async () => {
    interface Naive {
      readonly name: string;
      readonly parent: Naive | undefined;
      readonly below: Naive[];
      removed: boolean;
    }
    let seed = 42;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    const roots: Naive[] = [];
    const all: Naive[] = [];
    const holdsLive = ({ removed, below }: Naive): boolean => !removed || below.some(holdsLive);
    const draw = (nodes: readonly Naive[]): string =>
      nodes
        .filter(holdsLive)
        .map(({ name, removed, below }) => {
          const inside = draw(below);
          return (removed ? '-' : name) + (inside === '' ? '' : `(${inside})`);
        })
        .join(',');
    const live = (nodes: readonly Naive[]) => nodes.filter(({ removed }) => !removed).length;
    const depthOf = ({ parent }: Naive): number => (parent === undefined ? 0 : depthOf(parent) + 1);

    for (let step = 0; step < 400; step += 1) {
      const target = all.length === 0 ? undefined : all[random(all.length)]!;
      const place = (node: Naive) => ({ post: 'tea', by: 'boris', parent: node.parent?.name });
      if (target === undefined || random(3) > 0) {
        const parent = target !== undefined && !target.removed && depthOf(target) < 15 ? target : undefined;
        const node: Naive = { name: `n${step}`, parent, below: [], removed: false };
        (parent?.below ?? roots).push(node);
        all.push(node);
        await told.tell(commented(node.name, { ...place(node), depth: depthOf(node) }));
      } else {
        const event = target.removed ? commentRestored : commentRemoved;
        target.removed = !target.removed;
        await told.tell(event(target.name, place(target)));
      }
    }
    expect(drawn(await tree({ limit: 1_000 }))).to.equal(draw(roots));
    const stored = await told.models.comments.getMany(all.map(({ name }) => commentId(name)));
    expect(stored.map((found) => found!.value.replies)).to.deep.equal(all.map(({ below }) => live(below)));
    expect((await told.models.posts.get(postId('tea')))!.value.comments).to.equal(live(all));
  });
});
