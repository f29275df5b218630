import { Comment } from '../../../src/commands/comments/comment.ts';
import { removeComment, type RemoveComment } from '../../../src/commands/comments/remove-comment.ts';
import { given } from '../given.ts';
import { anna, boris, minute, vera } from '../posts/examples.ts';
import { created, removed } from './examples.ts';

const remove =
  (change: Partial<RemoveComment> = {}) =>
  (comment: Comment) =>
    removeComment(comment, {
      by: boris,
      at: minute(2),
      restoreUntil: minute(30),
      postIsPublished: true,
      ...change,
    });

describe('Deleting a comment', () => {
  it('says who did it and until when it can be undone', () => {
    given(Comment, created).when(remove()).then(removed);
  });

  it('is also for the post’s author', () => {
    given(Comment, created)
      .when(remove({ by: anna }))
      .then({ ...removed, by: anna });
  });

  it('is for nobody else', () => {
    given(Comment, created)
      .when(remove({ by: vera }))
      .refuses('not_the_author');
  });

  it('finds a deleted comment no more', () => {
    given(Comment, created, removed).when(remove()).refuses('comment_not_found');
  });

  it('finds nothing under a hidden post', () => {
    given(Comment, created)
      .when(remove({ postIsPublished: false }))
      .refuses('comment_not_found');
  });

  it('finds nothing where nothing was created', () => {
    given(Comment).when(remove()).refuses('comment_not_found');
  });
});
