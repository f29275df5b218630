import { expect } from 'chai';
import { createStreamCache } from '../../src/commands/stream-cache.ts';
import { streamName, type StreamName } from '../../src/core/ids.ts';
import { start } from '../../src/core/position.ts';

const stream = (number: number): StreamName => streamName('post', String(number));
const loaded = (state: unknown) => ({ state, revision: 0, position: start, commands: new Map() });
const count = (cache: ReturnType<typeof createStreamCache>, upTo: number): number =>
  Array.from({ length: upTo }, (_, number) => cache.get(stream(number))).filter(Boolean).length;

describe('The cache of streams', () => {
  it('keeps those that were used last', () => {
    const cache = createStreamCache(2);
    cache.set(stream(0), loaded('a'));
    cache.set(stream(1), loaded('b'));
    expect(cache.get(stream(0))?.state).to.equal('a');
    cache.set(stream(2), loaded('c'));
    expect(cache.get(stream(1))).to.equal(undefined);
    expect(cache.get(stream(0))?.state).to.equal('a');
  });

  it('keeps fewer where their texts are long', () => {
    const cache = createStreamCache(100, 1_000);
    for (let number = 0; number < 50; number += 1) {
      cache.set(stream(number), loaded({ is: 'live', written: { content: 'x'.repeat(96), none: null } }));
    }
    expect(count(cache, 50)).to.equal(10);
    expect(cache.get(stream(49))).not.to.equal(undefined);
  });

  it('weighs a stream anew whenever it changes', () => {
    const cache = createStreamCache(100, 1_000);
    for (let turn = 0; turn < 50; turn += 1) cache.set(stream(0), loaded('x'.repeat(900)));
    cache.set(stream(1), loaded('x'.repeat(100)));
    expect(count(cache, 2)).to.equal(2);
  });

  it('does without one that is longer than everything it may hold', () => {
    const cache = createStreamCache(100, 1_000);
    cache.set(stream(0), loaded('x'.repeat(1_001)));
    expect(cache.get(stream(0))).to.equal(undefined);
  });

  it('forgets all when it is told to', () => {
    const cache = createStreamCache(100, 1_000);
    cache.set(stream(0), loaded('x'.repeat(900)));
    cache.clear();
    cache.set(stream(1), loaded('x'.repeat(900)));
    expect(count(cache, 2)).to.equal(1);
  });
});
