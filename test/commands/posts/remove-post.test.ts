import { Post } from '../../../src/commands/posts/post.ts';
import { removePost } from '../../../src/commands/posts/remove-post.ts';
import type { UserId } from '../../../src/core/ids.ts';
import { given } from '../given.ts';
import { anna, boris, created, minute, published, removed } from './examples.ts';

const remove = (by: UserId) => (post: Post) =>
  removePost(post, { by, at: minute(2), restoreUntil: minute(30) });

describe('Deleting a post', () => {
  it('says who did it and until when it can be undone', () => {
    given(Post, created, published).when(remove(anna)).then(removed);
  });

  it('says when nobody else had seen it', () => {
    given(Post, created)
      .when(remove(anna))
      .then({ ...removed, wasPublished: false });
  });

  it('is the author’s', () => {
    given(Post, created, published).when(remove(boris)).refuses('not_the_author');
  });

  it('tells nobody else of an unpublished post', () => {
    given(Post, created).when(remove(boris)).refuses('post_not_found');
  });

  it('finds a deleted post no more', () => {
    given(Post, created, published, removed).when(remove(anna)).refuses('post_not_found');
  });

  it('finds nothing where nothing was created', () => {
    given(Post).when(remove(anna)).refuses('post_not_found');
  });
});
