import { expect } from 'chai';
import { Like, likeStreamId, type LikeTarget } from '../../../src/commands/likes/like.ts';
import { setLike } from '../../../src/commands/likes/set-like.ts';
import { toggleLike } from '../../../src/commands/likes/toggle-like.ts';
import { deriveId } from '../../../src/core/ids.ts';
import type { Liked, LikeId, Unliked } from '../../../src/events/like.ts';
import { commentId } from '../comments/examples.ts';
import { given } from '../given.ts';
import { anna, boris, minute, postId } from '../posts/examples.ts';

const target: LikeTarget = { kind: 'post', id: postId, authorId: anna, postId };
const change = { target, by: boris, at: minute(0) };

const liked: Liked = {
  type: 'Liked',
  v: 1,
  likeId: deriveId<LikeId>('like', 'post', postId, boris),
  targetKind: 'post',
  targetId: postId,
  targetAuthorId: anna,
  postId,
  userId: boris,
  at: minute(0),
};
const unliked: Unliked = { ...liked, type: 'Unliked' };

const set = (wanted: boolean) => (like: Like) => setLike(like, { ...change, liked: wanted });
const toggle = (like: Like) => toggleLike(like, change);

describe('Liking', () => {
  it('is set once, however often it is asked for', () => {
    given(Like).when(set(true)).then(liked);
    given(Like, liked).when(set(true)).then();
  });

  it('is cleared once, however often it is asked for', () => {
    given(Like, liked).when(set(false)).then(unliked);
    given(Like, liked, unliked).when(set(false)).then();
    given(Like).when(set(false)).then();
  });

  it('toggles', () => {
    given(Like).when(toggle).then(liked);
    given(Like, liked).when(toggle).then(unliked);
  });

  it('keeps its id when it is taken back and given again', () => {
    given(Like, liked, unliked).when(toggle).then(liked);
  });

  it('of a comment names the comment’s post', () => {
    const comment: LikeTarget = { kind: 'comment', id: commentId, authorId: boris, postId };
    given(Like)
      .when((like) => setLike(like, { target: comment, by: anna, liked: true, at: minute(0) }))
      .then({
        ...liked,
        likeId: deriveId<LikeId>('like', 'comment', commentId, anna),
        targetKind: 'comment',
        targetId: commentId,
        targetAuthorId: boris,
        userId: anna,
      });
  });

  it('has a stream for each user and thing', () => {
    expect(likeStreamId('post', postId, boris)).to.equal(`post-${postId}-${boris}`);
    expect(likeStreamId('post', postId, anna)).not.to.equal(likeStreamId('post', postId, boris));
  });
});
