import { Comment } from '../../../src/commands/comments/comment.ts';
import { editComment, type EditComment } from '../../../src/commands/comments/edit-comment.ts';
import { erased } from '../../../src/events/event-schema.ts';
import { given } from '../given.ts';
import { anna, boris, minute } from '../posts/examples.ts';
import { created, edited, removed, restored } from './examples.ts';

const edit =
  (change: Partial<EditComment> = {}) =>
  (comment: Comment) =>
    editComment(comment, {
      by: boris,
      content: 'First, corrected',
      at: minute(1),
      postIsPublished: true,
      ...change,
    });

describe('Editing a comment', () => {
  it('replaces its text', () => {
    given(Comment, created).when(edit()).then(edited);
  });

  it('does nothing when the text is the same', () => {
    given(Comment, created, edited).when(edit()).then();
  });

  it('writes anew what was erased', () => {
    given(Comment, { ...created, content: erased })
      .when(edit())
      .then(edited);
  });

  it('is the author’s, not the post’s author’s', () => {
    given(Comment, created)
      .when(edit({ by: anna }))
      .refuses('not_the_author');
  });

  it('finds no deleted comment', () => {
    given(Comment, created, removed).when(edit()).refuses('comment_not_found');
  });

  it('finds a restored one', () => {
    given(Comment, created, removed, restored).when(edit()).then(edited);
  });

  it('finds nothing under a hidden post', () => {
    given(Comment, created)
      .when(edit({ postIsPublished: false }))
      .refuses('comment_not_found');
  });

  it('finds nothing where nothing was created', () => {
    given(Comment).when(edit()).refuses('comment_not_found');
  });
});
