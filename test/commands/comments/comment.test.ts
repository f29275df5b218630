import { expect } from 'chai';
import { Comment } from '../../../src/commands/comments/comment.ts';
import { erased } from '../../../src/events/event-schema.ts';
import { created, edited, removed, restored } from './examples.ts';

const after = (...events: Parameters<typeof Comment.evolve>[1][]) =>
  events.reduce(Comment.evolve, Comment.initial);

describe('The state of a comment', () => {
  it('is total: an event that does not fit changes nothing', () => {
    expect(after(edited, removed, restored)).to.deep.equal({ is: 'absent' });
    expect(after(created, restored)).to.deep.equal(after(created));
    expect(after(created, removed, { ...removed, by: removed.authorId })).to.deep.equal(
      after(created, removed),
    );
  });

  it('reads an erased text as none', () => {
    expect(after({ ...created, content: erased })).to.include({ is: 'live', content: null });
  });

  it('keeps an edit through deletion and restoration', () => {
    expect(after(created, edited, removed, restored)).to.deep.equal(after(created, edited));
  });
});
