import { expect } from 'chai';
import { Post } from '../../../src/commands/posts/post.ts';
import { erased } from '../../../src/events/event-schema.ts';
import { created, edited, published, removed, restored } from './examples.ts';

const after = (...events: Parameters<typeof Post.evolve>[1][]) => events.reduce(Post.evolve, Post.initial);

describe('The state of a post', () => {
  it('is total: an event that does not fit changes nothing', () => {
    expect(after(published, edited, removed, restored)).to.deep.equal({ is: 'absent' });
    expect(after(created, published, published)).to.deep.equal(after(created, published));
    expect(after(created, published, restored)).to.deep.equal(after(created, published));
    expect(after(created, published, removed, { ...removed, by: edited.taggedUsers[0]! })).to.deep.equal(
      after(created, published, removed),
    );
  });

  it('reads erased texts as left out', () => {
    const bare = { title: erased, content: erased, description: erased, place: erased };
    expect(after({ ...created, ...bare })).to.deep.include({
      written: {
        title: null,
        content: null,
        description: null,
        place: null,
        taggedUsers: created.taggedUsers,
      },
    });
  });

  it('keeps an edit through deletion and restoration', () => {
    expect(after(created, published, edited, removed, restored)).to.deep.equal(
      after(created, published, edited),
    );
  });
});
