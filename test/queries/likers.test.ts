import { expect } from 'chai';
import { likers, type LikersOf } from '../../src/queries/likers.ts';
import { logId } from '../projections/world.ts';
import {
  commented,
  commentId,
  disabled,
  erasedAccount,
  liked,
  posted,
  postId,
  registered,
} from './people-and-posts.ts';
import { openToldModels, type ToldModels } from './told-models.ts';

interface Page {
  readonly items: readonly { readonly user: { readonly username: string } | null }[];
  readonly next_cursor: string | null;
}

describe('The query of likers', () => {
  let told: ToldModels;
  beforeEach(async () => {
    told = await openToldModels();
    await told.tell(registered('anna'), registered('boris'), registered('vera'), ...posted('tea', 'anna'));
  });
  afterEach(() => told.close());

  const page = async (request: Partial<LikersOf> = {}): Promise<Page> => {
    const asked = { kind: 'post', id: postId('tea'), limit: 10, ...request } as const;
    const found = await likers(told.models, logId, undefined, asked);
    if (!found.ok) throw new Error(found.refusal);
    return JSON.parse(found.value.json) as Page;
  };
  const names = ({ items }: Page) => items.map(({ user }) => user?.username);

  it('lists them, the latest first', async () => {
    for (const name of ['anna', 'boris', 'vera']) await told.tell(liked('post', 'tea', name));
    const first = await page({ limit: 2 });
    expect(names(first)).to.deep.equal(['vera', 'boris']);
    expect(names(await page({ limit: 2, cursor: first.next_cursor! }))).to.deep.equal(['anna']);
    expect(first.items[0]).to.have.all.keys('id', 'user', 'post', 'created_at');
  });

  it('forgets a like that was taken back, and puts a repeated one first', async () => {
    await told.tell(liked('post', 'tea', 'anna'), liked('post', 'tea', 'boris'));
    await told.tell({ ...liked('post', 'tea', 'anna'), type: 'Unliked' });
    expect(names(await page())).to.deep.equal(['boris']);
    await told.tell(liked('post', 'tea', 'anna'));
    expect(names(await page())).to.deep.equal(['anna', 'boris']);
  });

  it('names the comment where it is one that is liked', async () => {
    await told.tell(commented('a', { post: 'tea', by: 'anna' }));
    await told.tell(liked('comment', 'a', 'vera', 'tea'), liked('post', 'tea', 'boris'));
    const { items } = await page({ kind: 'comment', id: commentId('a') });
    expect(items).to.have.length(1);
    expect(items[0]).to.deep.include({ comment: commentId('a'), post: postId('tea') });
  });

  it('shows an erased liker as nobody and a disabled one not at all', async () => {
    await told.tell(erasedAccount('ghost'), liked('post', 'tea', 'ghost'), liked('post', 'tea', 'vera'));
    await told.tell(disabled('vera'));
    expect(names(await page())).to.deep.equal([undefined]);
  });
});
