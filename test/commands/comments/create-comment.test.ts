import { Comment } from '../../../src/commands/comments/comment.ts';
import { createComment, type CreateComment } from '../../../src/commands/comments/create-comment.ts';
import { deriveId, type PostId } from '../../../src/core/ids.ts';
import { given } from '../given.ts';
import { anna, boris, minute, postId, vera } from '../posts/examples.ts';
import { commentId, created, removed, replyId } from './examples.ts';

const stateOf = (...events: Parameters<typeof Comment.evolve>[1][]) =>
  events.reduce(Comment.evolve, Comment.initial);

const command = {
  commentId,
  by: boris,
  content: 'First',
  at: minute(0),
  post: { postId, authorId: anna },
  parent: undefined,
};
const answer = { ...command, commentId: replyId, by: vera };
const create = (given: CreateComment) => (comment: Comment) => createComment(comment, given);

describe('Commenting', () => {
  it('puts a comment on the post itself', () => {
    given(Comment).when(create(command)).then(created);
  });

  it('hangs an answer one level below what it answers, with everybody that it concerns', () => {
    given(Comment)
      .when(create({ ...answer, parent: stateOf({ ...created, depth: 41 }) }))
      .then({
        ...created,
        commentId: replyId,
        authorId: vera,
        parentId: commentId,
        parentAuthorId: boris,
        depth: 42,
      });
  });

  it('needs a post that is there to be seen', () => {
    given(Comment)
      .when(create({ ...command, post: undefined }))
      .refuses('post_not_found');
  });

  it('answers no comment that never was', () => {
    given(Comment)
      .when(create({ ...answer, parent: stateOf() }))
      .refuses('parent_comment_unknown');
  });

  it('answers no deleted comment', () => {
    given(Comment)
      .when(create({ ...answer, parent: stateOf(created, removed) }))
      .refuses('parent_comment_unknown');
  });

  it('answers no comment of another post', () => {
    given(Comment)
      .when(create({ ...answer, parent: stateOf({ ...created, postId: deriveId<PostId>('other') }) }))
      .refuses('parent_comment_unknown');
  });

  it('does not happen twice under one id', () => {
    given(Comment, created).when(create(command)).refuses('id_taken');
  });
});
