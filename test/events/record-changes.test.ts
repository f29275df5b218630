import { expect } from 'chai';
import { eventSchemas, type AnyEvent } from '../../src/events/all.ts';
import { recordChanges, recordChangingTypes } from '../../src/events/record-changes.ts';

const ofEachType = [...new Set(eventSchemas.map(({ type }) => type))];

describe('the changes of records that events mean', () => {
  it('are said for every type of event there is', () => {
    for (const type of ofEachType) {
      const event = { type, v: 1, supersedes: [], ends: [] } as unknown as AnyEvent;
      const changes = recordChanges(event);
      expect(changes.length > 0, type).to.equal(recordChangingTypes.has(type));
      for (const { entity, action } of changes) {
        expect(entity).to.match(/^(user|session|post|comment|like)$/);
        expect(action).to.match(/^(create|update|delete)$/);
      }
    }
    expect(recordChangingTypes.size).to.be.greaterThan(15);
  });

  it('are refused by the compiler for an event that does not exist', () => {
    // @ts-expect-error An event of this name was never declared.
    expect(() => recordChanges({ type: 'CatFed', v: 1 })).to.throw(TypeError);
  });

  it('of a sign-in are the sessions that it ends and the one that it begins', () => {
    const signedIn = { type: 'SignedIn', v: 1, sessionId: 'new', supersedes: ['old', 'older'] };
    expect(recordChanges(signedIn as unknown as AnyEvent)).to.deep.equal([
      { entity: 'session', id: 'old', action: 'delete' },
      { entity: 'session', id: 'older', action: 'delete' },
      { entity: 'session', id: 'new', action: 'create' },
    ]);
  });
});
