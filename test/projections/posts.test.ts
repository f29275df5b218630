import { expect } from 'chai';
import type { CommentEvent } from '../../src/events/comment.ts';
import { erased } from '../../src/events/event-schema.ts';
import type { Liked, LikeId } from '../../src/events/like.ts';
import { deriveId } from '../../src/core/ids.ts';
import { posts, type PostDocument } from '../../src/projections/posts.ts';
import * as comment from '../commands/comments/examples.ts';
import {
  anna,
  boris,
  created,
  edited,
  minute,
  postId,
  published,
  removed,
  restored,
} from '../commands/posts/examples.ts';
import { foldStory, type StoryEvent } from './story.ts';

const postAfter = (...events: readonly StoryEvent[]): PostDocument =>
  foldStory(posts, ...events).get(postId)!;

const liked: Liked = {
  type: 'Liked',
  v: 1,
  likeId: deriveId<LikeId>('like'),
  targetKind: 'post',
  targetId: postId,
  targetAuthorId: anna,
  postId,
  userId: boris,
  at: minute(4),
};
const textOf = (post: PostDocument): unknown => JSON.parse(`{${post.text}}`);

describe('The projection of posts', () => {
  it('holds the text as JSON that needs no further work', () => {
    const post = postAfter({ ...created, content: 'A "quoted" line\n\u2028' }, published);
    expect(textOf(post)).to.deep.equal({
      title: 'Title',
      content: 'A "quoted" line\n\u2028',
      description: null,
      place: 'Kazan',
    });
  });

  it('lists a post from its publication on, at that event’s position', () => {
    expect(postAfter(created)).not.to.have.any.keys('listed', 'published');
    expect(postAfter(created, published)).to.include({ listed: 2n, published: 2n, publishedAt: minute(0) });
  });

  it('shows an edit and keeps the place', () => {
    const post = postAfter(created, published, edited);
    expect(textOf(post)).to.include({ content: 'Other content' });
    expect(post).to.include({ listed: 2n, createdAt: minute(0), updatedAt: minute(1), revision: 2 });
  });

  it('hides a deleted post, and brings it back to its old place with all its counters', () => {
    const counted: readonly StoryEvent[] = [created, published, comment.created, liked];
    const hidden = postAfter(...counted, removed);
    expect(hidden).to.include({ removed: true, likes: 1, comments: 1 }).and.not.to.have.property('listed');
    const meanwhile: readonly StoryEvent[] = [removed, { ...liked, type: 'Unliked' }, restored];
    expect(postAfter(...counted, ...meanwhile)).to.include({
      removed: false,
      listed: 2n,
      likes: 0,
      comments: 1,
    });
  });

  it('does not publish by restoring', () => {
    expect(postAfter(created, removed, restored)).not.to.have.property('listed');
  });

  it('counts comments without the deleted ones', () => {
    const other: CommentEvent = { ...comment.created, commentId: comment.replyId };
    expect(postAfter(created, published, comment.created, other).comments).to.equal(2);
    expect(postAfter(created, published, comment.created, other, comment.removed).comments).to.equal(1);
    expect(
      postAfter(created, published, comment.created, other, comment.removed, comment.restored).comments,
    ).to.equal(2);
  });

  it('counts its own likes, not those of its comments', () => {
    const ofComment: Liked = { ...liked, targetKind: 'comment', targetId: comment.commentId };
    expect(postAfter(created, published, comment.created, ofComment, liked).likes).to.equal(1);
  });

  it('moves its revision with its own stream only', () => {
    expect(postAfter(created, published, comment.created, liked).revision).to.equal(1);
  });

  it('reads erased texts as none', () => {
    const bare = { title: erased, content: erased, description: erased, place: erased };
    expect(textOf(postAfter({ ...created, ...bare }, published))).to.deep.equal({
      title: null,
      content: null,
      description: null,
      place: null,
    });
  });

  it('stops at an event of a post that never was', () => {
    expect(() => postAfter(liked)).to.throw('never created');
  });
});
