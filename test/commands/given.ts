import { expect } from 'chai';
import type { Aggregate } from '../../src/core/aggregate.ts';
import type { Refused, Result } from '../../src/core/result.ts';
import { purely } from '../pure.ts';

/** What came out of a decision, still to be compared with what was expected. */
export interface Decided<Event, Refusal extends string> {
  /** Exactly these events; none for "nothing to do". */
  then(...events: readonly Event[]): void;
  /** @param detail compared only when it is given. */
  refuses(refusal: Refusal, detail?: Refused<string>['detail']): void;
}

/** A decision's test in one sentence: what had happened, what is wanted, what happens then. It runs without a clock. */
export const given = <State, Event>(
  aggregate: Aggregate<State, Event>,
  ...events: readonly NoInfer<Event>[]
) => ({
  when: <Refusal extends string>(
    decide: (state: State) => Result<readonly Event[], Refusal>,
  ): Decided<Event, Refusal> => {
    const result = purely(() => decide(events.reduce(aggregate.evolve, aggregate.initial)));
    return {
      then: (...expected) => expect(result).to.deep.equal({ ok: true, value: expected }),
      refuses: (refusal, detail) => {
        expect(result).to.include({ ok: false, refusal });
        if (detail !== undefined) expect(result).to.deep.include({ detail });
      },
    };
  },
});
