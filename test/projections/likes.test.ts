import { expect } from 'chai';
import { deriveId } from '../../src/core/ids.ts';
import { likeKey } from '../../src/core/like-key.ts';
import type { Liked, LikeId, Unliked } from '../../src/events/like.ts';
import { likes } from '../../src/projections/likes.ts';
import { anna, boris, minute, postId } from '../commands/posts/examples.ts';
import { foldStory, type StoryEvent } from './story.ts';

const liked: Liked = {
  type: 'Liked',
  v: 1,
  likeId: deriveId<LikeId>('like'),
  targetKind: 'post',
  targetId: postId,
  targetAuthorId: anna,
  postId,
  userId: boris,
  at: minute(1),
};
const unliked: Unliked = { ...liked, type: 'Unliked', at: minute(2) };
const after = (...events: readonly StoryEvent[]) => foldStory(likes, ...events).get(likeKey(postId, boris))!;

describe('The projection of likes', () => {
  it('is found by who likes what', () => {
    expect(after(liked)).to.deep.equal({
      likeId: liked.likeId,
      targetId: postId,
      postId,
      userId: boris,
      createdAt: minute(1),
      liked: 1n,
    });
  });

  it('leaves the list when it is taken back', () => {
    expect(after(liked, unliked)).not.to.have.property('liked');
  });

  it('is the newest again when it is given again, and the same like', () => {
    expect(after(liked, unliked, { ...liked, at: minute(3) })).to.include({
      likeId: liked.likeId,
      liked: 3n,
      createdAt: minute(3),
    });
  });
});
