import { expect } from 'chai';
import type { Recorded } from '../../src/events/codec.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { purely } from '../pure.ts';
import { happenings } from './history.ts';
import { everyProjection, openWorld, type World } from './world.ts';

/** Folds everything in one go, synchronously, so that nobody else needs the globals meanwhile. */
const foldAll = (projection: Projection, events: readonly Recorded[]): Map<string, object> => {
  const documents = new Map<string, object>();
  for (const recorded of events) {
    if (!projection.handles.includes(recorded.event.type)) continue;
    for (const id of projection.keys(recorded.event)) {
      documents.set(id, projection.apply(documents.get(id), recorded, id));
    }
  }
  return documents;
};

/** The same values with their keys in the opposite order. */
const reversed = <T>(value: T): T => {
  if (Array.isArray(value)) return value.map(reversed) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, reversed(field as unknown)]),
  ) as T;
};

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
};

describe('projections', () => {
  let world: World;
  const events: Recorded[] = [];

  before(async () => {
    world = await openWorld();
    const history = happenings(5);
    for (let count = 0; count < 300; count += 1) {
      const { stream, events: next } = history.next().value;
      events.push(...(await world.append(stream, next)));
    }
  });
  after(() => world.close());

  for (const projection of everyProjection) {
    it(`${projection.name} uses no clock, chance, network or process`, () => {
      const expected = foldAll(projection, events);
      const found = purely(() => foldAll(projection, events));
      expect(found.size).to.be.greaterThan(5);
      expect(found).to.deep.equal(expected);
    });

    it(`${projection.name} changes no event, and the order of an event's keys counts for nothing`, () => {
      const expected = foldAll(projection, events);
      expect(foldAll(projection, frozen(structuredClone(events)))).to.deep.equal(expected);
      expect(foldAll(projection, reversed(structuredClone(events)))).to.deep.equal(expected);
    });

    it(`${projection.name} names at most sixteen documents for an event, each once`, () => {
      for (const { event } of events) {
        if (!projection.handles.includes(event.type)) continue;
        const keys = projection.keys(event);
        expect(keys.length).to.be.at.most(16);
        expect(new Set(keys).size).to.equal(keys.length);
      }
    });
  }

  it('would be caught by these tests', () => {
    for (const use of [
      () => Date.now(),
      () => new Date(),
      () => Date(),
      () => Math.random(),
      () => process.env,
    ]) {
      expect(() => purely<unknown>(use)).to.throw('must be pure');
    }
    expect(purely(() => new Date(0).toISOString())).to.equal('1970-01-01T00:00:00.000Z');
  });
});
