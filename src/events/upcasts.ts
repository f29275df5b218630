import type { DomainEvent, EventSchema } from './event-schema.ts';

/** Turns one version of an event into the next; total, also over erased personal fields. */
export interface Upcast {
  readonly type: string;
  /** The version read; the result is of version `from + 1`. */
  readonly from: number;
  readonly up: (event: DomainEvent & Readonly<Record<string, unknown>>) => DomainEvent;
}

/** Every upcaster there is: the one place where old versions end. */
export const upcasts: readonly Upcast[] = [];

/**
 * One function that brings any declared version to the newest.
 * @throws Error at start when a step between two declared versions is missing, or one is there twice.
 */
export const chainUpcasts = (
  schemas: readonly EventSchema[],
  steps: readonly Upcast[],
): ((event: DomainEvent) => DomainEvent) => {
  const newest = new Map<string, number>();
  for (const { type, version } of schemas) newest.set(type, Math.max(version, newest.get(type) ?? 0));
  const chain = new Map<string, Upcast>();
  for (const step of steps) {
    const name = `${step.type}/${step.from}`;
    if (chain.has(name)) throw new Error(`Two upcasters read ${step.type} version ${step.from}.`);
    if (step.from >= (newest.get(step.type) ?? 0))
      throw new Error(`The upcaster of ${name} leads to no declared version.`);
    chain.set(name, step);
  }
  for (const { type, version } of schemas) {
    for (let from = version; from < newest.get(type)!; from += 1) {
      if (!chain.has(`${type}/${from}`))
        throw new Error(`No upcaster brings ${type} from version ${from} to ${from + 1}.`);
    }
  }
  return (event) => {
    let current = event;
    while (current.v < newest.get(current.type)!) {
      current = chain
        .get(`${current.type}/${current.v}`)!
        .up(current as DomainEvent & Record<string, unknown>);
    }
    return current;
  };
};
