import { expect } from 'chai';
import { readOwn } from '../../src/http/read-own.ts';
import { createStory } from '../projections/story.ts';
import { created } from '../commands/posts/examples.ts';

const written = createStory().tell(created);
const consistency = (answer: 'shown' | 'pending') => {
  let waits = 0;
  return {
    services: {
      consistency: {
        waitFor: async () => {
          waits += 1;
          return answer;
        },
        waitForPosition: async () => answer,
      },
    },
    waits: () => waits,
  };
};

describe('Reading what a command has just changed', () => {
  it('does not wait for what is there', async () => {
    const { services, waits } = consistency('pending');
    expect(await readOwn(services, written, async () => 'found')).to.equal('found');
    expect(waits()).to.equal(0);
  });

  it('waits for what is not there yet', async () => {
    const { services, waits } = consistency('shown');
    const read = async () => (waits() === 0 ? undefined : 'found');
    expect(await readOwn(services, written, read)).to.equal('found');
    expect(waits()).to.equal(1);
  });

  it('finds nothing where it was hidden meanwhile', async () => {
    const { services } = consistency('shown');
    expect(await readOwn(services, written, async () => undefined)).to.equal(undefined);
  });

  it('never says of something late that it does not exist', async () => {
    const { services } = consistency('pending');
    const refused = { ok: false, refusal: 'not_shown_yet' };
    expect(await readOwn(services, written, async () => undefined)).to.deep.equal(refused);
    expect(await readOwn(services, [], async () => undefined)).to.deep.equal(refused);
  });
});
