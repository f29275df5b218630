/**
 * What a command decides upon: the state that one stream's events fold into.
 * `evolve` never refuses and is total over every event ever written, erased texts included (ARCHITECTURE rule 3).
 */
export interface Aggregate<State, Event> {
  /** The stream of an instance is `<kind>-<id>`. */
  readonly kind: string;
  readonly initial: State;
  readonly evolve: (state: State, event: Event) => State;
}
