import { deriveId, type EventId, type StreamName } from '../../src/core/ids.ts';
import type { ExpectedRevision } from '../../src/ports/event-log.ts';
import { between } from '../faults/seeded.ts';

/** The log as simply as it can be said: a list. */
export class Model {
  readonly all: string[] = [];
  readonly #streams = new Map<string, { readonly id: string; readonly position: number }[]>();

  append(stream: string, expected: ExpectedRevision, ids: readonly string[]): string {
    const events = this.#streams.get(stream) ?? [];
    const actual = events.length === 0 ? 'no_stream' : events.length - 1;
    if (expected !== actual) return this.#repeat(events, expected, ids) ?? `wrong, at ${actual}`;
    if (new Set(ids).size < ids.length || events.some(({ id }) => ids.includes(id))) return 'refused';
    for (const id of ids) events.push({ id, position: this.all.push(`${stream} ${id}`) });
    this.#streams.set(stream, events);
    return `at ${events.length - 1}, position ${this.all.length}`;
  }

  #repeat(
    events: readonly { id: string; position: number }[],
    expected: ExpectedRevision,
    ids: readonly string[],
  ) {
    const first = expected === 'no_stream' ? 0 : expected + 1;
    const last = first + ids.length - 1;
    if (last >= events.length || ids.some((id, index) => events[first + index]!.id !== id)) return undefined;
    return `at ${last}, position ${events[last]!.position}`;
  }

  read(stream: string, from: number | undefined, backwards: boolean, limit: number): readonly string[] {
    const ids = (this.#streams.get(stream) ?? []).map(({ id }) => id);
    if (!backwards) return ids.slice(from ?? 0, (from ?? 0) + limit);
    return ids
      .slice(0, (from ?? ids.length) + 1)
      .reverse()
      .slice(0, limit);
  }

  ids(stream: string): readonly string[] {
    return this.read(stream, 0, false, Infinity);
  }
}

/** Appends of every kind: right, wrong, repeated, mixed with old ids, with an id twice. */
export const randomAppend = (random: () => number, model: Model) => {
  const stream = `thing-${between(random, 1, 15)}` as StreamName;
  const known = model.ids(stream);
  const fresh = (): string => deriveId<EventId>(`${random()}`, `${model.all.length}`);
  const ids = Array.from({ length: between(random, 1, 4) }, fresh);
  let expected: ExpectedRevision = known.length === 0 ? 'no_stream' : known.length - 1;
  const kind = between(random, 0, 9);
  if (kind === 0) expected = between(random, 0, 1) === 0 ? 'no_stream' : between(random, 0, known.length + 1);
  if (kind === 1) ids[0] = known[between(random, 0, known.length)] ?? fresh();
  if (kind === 2) ids.push(ids[0]!);
  if (kind === 3 || kind === 4) {
    const first = between(random, 0, known.length);
    ids.splice(
      0,
      ids.length,
      ...known.slice(first, first + between(random, 1, 4)),
      ...(kind === 4 ? [fresh()] : []),
    );
    if (ids.length === 0) ids.push(fresh());
    expected = first === 0 ? 'no_stream' : first - 1;
  }
  return { stream, expected, ids };
};
