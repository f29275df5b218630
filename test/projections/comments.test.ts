import { expect } from 'chai';
import { deriveId } from '../../src/core/ids.ts';
import type { CommentEvent } from '../../src/events/comment.ts';
import { erased } from '../../src/events/event-schema.ts';
import type { Liked, LikeId } from '../../src/events/like.ts';
import { comments } from '../../src/projections/comments.ts';
import { commentId, created, edited, removed, replyId, restored } from '../commands/comments/examples.ts';
import { anna, boris, minute, postId } from '../commands/posts/examples.ts';
import { foldStory, type StoryEvent } from './story.ts';

const after = (...events: readonly StoryEvent[]) => {
  const documents = foldStory(comments, ...events);
  return { comment: documents.get(commentId)!, reply: documents.get(replyId) };
};

const below = { commentId: replyId, parentId: commentId, authorId: anna } as const;
const reply: CommentEvent = { ...created, ...below, parentAuthorId: boris, depth: 1 };
const liked: Liked = {
  type: 'Liked',
  v: 1,
  likeId: deriveId<LikeId>('like'),
  targetKind: 'comment',
  targetId: commentId,
  targetAuthorId: boris,
  postId,
  userId: anna,
  at: minute(4),
};

describe('The projection of comments', () => {
  it('hangs a comment on its post and a reply on its parent', () => {
    const { comment, reply: answer } = after(created, reply);
    expect(comment).to.include({ branch: postId, parentId: null, depth: 0, listed: 1n, text: '"First"' });
    expect(answer).to.include({ branch: commentId, parentId: commentId, depth: 1, listed: 2n });
  });

  it('counts direct replies without the deleted ones', () => {
    expect(after(created, reply).comment).to.include({ replies: 1, repliesEver: 1 });
    expect(after(created, reply, { ...removed, ...below }).comment).to.include({
      replies: 0,
      repliesEver: 1,
    });
    expect(after(created, reply, { ...removed, ...below }, { ...restored, ...below }).comment).to.include({
      replies: 1,
      repliesEver: 1,
    });
  });

  it('shows a deleted comment for as long as it ever had a reply', () => {
    expect(after(created, removed).comment).to.include({ removed: true }).and.not.to.have.property('listed');
    expect(after(created, reply, removed).comment).to.include({ removed: true, listed: 1n });
    expect(after(created, reply, removed, { ...removed, ...below }).comment).to.include({ listed: 1n });
  });

  it('shows it again when a reply arrives that crossed the deletion', () => {
    expect(after(created, removed, reply).comment).to.include({ removed: true, listed: 1n, replies: 1 });
  });

  it('brings a restored comment back to its old place with likes and replies', () => {
    expect(after(created, liked, reply, removed, restored).comment).to.include({
      removed: false,
      listed: 1n,
      likes: 1,
      replies: 1,
      text: '"First"',
    });
  });

  it('shows an edit, which changes nothing above', () => {
    const story: readonly CommentEvent[] = [created, reply, { ...edited, ...below }];
    expect(after(...story).reply).to.include({
      text: '"First, corrected"',
      updatedAt: minute(1),
      revision: 1,
    });
    expect(after(...story).comment).to.include({ text: '"First"', updatedAt: minute(0), revision: 0 });
  });

  it('counts likes and moves its revision with its own stream only', () => {
    expect(after(created, liked).comment).to.include({ likes: 1, revision: 0 });
    expect(after(created, liked, { ...liked, type: 'Unliked' }).comment).to.include({ likes: 0 });
  });

  it('leaves the likes of posts alone', () => {
    expect(comments.keys({ ...liked, targetKind: 'post', targetId: postId })).to.deep.equal([]);
  });

  it('reads an erased text as none', () => {
    expect(after({ ...created, content: erased }).comment.text).to.equal('null');
  });

  it('stops at an event of a comment that never was', () => {
    expect(() => after(removed)).to.throw('never created');
  });
});
