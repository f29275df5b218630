import { Post } from '../../../src/commands/posts/post.ts';
import { restorePost } from '../../../src/commands/posts/restore-post.ts';
import type { Instant } from '../../../src/core/clock.ts';
import type { UserId } from '../../../src/core/ids.ts';
import { given } from '../given.ts';
import { anna, boris, created, edited, minute, published, removed, restored } from './examples.ts';

const restore =
  (by: UserId, at: Instant = minute(3)) =>
  (post: Post) =>
    restorePost(post, { by, at });

describe('Restoring a post', () => {
  it('brings it back for whoever deleted it', () => {
    given(Post, created, published, removed).when(restore(anna)).then(restored);
  });

  it('brings an unpublished one back as it was', () => {
    given(Post, created, { ...removed, wasPublished: false })
      .when(restore(anna))
      .then({ ...restored, wasPublished: false });
  });

  it('works to the last moment', () => {
    const at = '2026-11-21T12:29:59.999Z' as Instant;
    given(Post, created, published, removed)
      .when(restore(anna, at))
      .then({ ...restored, at });
  });

  it('comes too late when the time is over', () => {
    given(Post, created, published, removed)
      .when(restore(anna, minute(30)))
      .refuses('restore_too_late');
  });

  it('shows others that there is nothing', () => {
    given(Post, created, published, removed).when(restore(boris)).refuses('post_not_found');
  });

  it('has nothing to do for a post that is there', () => {
    given(Post, created, published, removed, restored, edited).when(restore(anna)).refuses('not_deleted');
  });

  it('tells others of a post that is there that it is not theirs', () => {
    given(Post, created, published).when(restore(boris)).refuses('not_the_author');
  });

  it('tells only the author of an unpublished one', () => {
    given(Post, created).when(restore(anna)).refuses('not_deleted');
    given(Post, created).when(restore(boris)).refuses('post_not_found');
  });

  it('finds nothing where nothing was created', () => {
    given(Post).when(restore(anna)).refuses('post_not_found');
  });
});
