import { Comment } from '../../../src/commands/comments/comment.ts';
import { restoreComment, type RestoreComment } from '../../../src/commands/comments/restore-comment.ts';
import { given } from '../given.ts';
import { anna, boris, minute, vera } from '../posts/examples.ts';
import { created, removed, restored } from './examples.ts';

const restore =
  (change: Partial<RestoreComment> = {}) =>
  (comment: Comment) =>
    restoreComment(comment, { by: boris, at: minute(3), postIsPublished: true, ...change });

describe('Restoring a comment', () => {
  it('brings it back for whoever deleted it', () => {
    given(Comment, created, removed).when(restore()).then(restored);
  });

  it('keeps from its author what the post’s author deleted', () => {
    given(Comment, created, { ...removed, by: anna })
      .when(restore())
      .refuses('comment_not_found');
  });

  it('keeps from the post’s author what its author deleted', () => {
    given(Comment, created, removed)
      .when(restore({ by: anna }))
      .refuses('comment_not_found');
  });

  it('comes too late when the time is over', () => {
    given(Comment, created, removed)
      .when(restore({ at: minute(30) }))
      .refuses('restore_too_late');
  });

  it('has nothing to do for a comment that is there', () => {
    given(Comment, created, removed, restored).when(restore()).refuses('not_deleted');
    given(Comment, created)
      .when(restore({ by: anna }))
      .refuses('not_deleted');
  });

  it('is for nobody else', () => {
    given(Comment, created)
      .when(restore({ by: vera }))
      .refuses('not_the_author');
  });

  it('finds nothing under a hidden post', () => {
    given(Comment, created, removed)
      .when(restore({ postIsPublished: false }))
      .refuses('comment_not_found');
  });

  it('finds nothing where nothing was created', () => {
    given(Comment).when(restore()).refuses('comment_not_found');
  });
});
