import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An event as it goes into the double and comes out of it. */
export interface Proposed {
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
}

export interface Stored extends Proposed {
  readonly stream: string;
  readonly revision: bigint;
  readonly position: bigint;
  /** .NET ticks since the Unix epoch, 100 ns each. */
  readonly created: string;
}

export type Expected = 'any' | 'no_stream' | 'stream_exists' | bigint;

export type Outcome =
  | { readonly is: 'written'; readonly last: bigint; readonly position: bigint }
  | { readonly is: 'repeat'; readonly last: bigint }
  | { readonly is: 'wrong'; readonly current: bigint | undefined };

interface JournalLine {
  readonly stream: string;
  readonly created: string;
  readonly events: readonly (readonly [string, string, string, string, string])[];
}

/** The server keeps its own events in the same order as everybody else's. */
const systemEventEvery = 37;

/** Streams and their order, with the server's rules of expected revisions and repeated ids (ENGINES, server). */
export class DoubleHistory {
  readonly all: Stored[] = [];
  readonly #streams = new Map<string, Stored[]>();
  readonly #listeners = new Set<() => void>();
  readonly #journal: string | undefined;
  #end = 0n;
  #appends = 0;

  /** With a directory what was appended is there again the next time. */
  constructor(directory?: string) {
    this.#journal = directory === undefined ? undefined : join(directory, 'journal.jsonl');
    if (this.#journal !== undefined) {
      mkdirSync(directory!, { recursive: true });
      if (existsSync(this.#journal)) this.#replay(readFileSync(this.#journal, 'utf8'));
    }
    if (this.all.length === 0) this.#addSystemEvent();
  }

  stream(name: string): readonly Stored[] | undefined {
    return this.#streams.get(name);
  }

  /** Index of the first event at or behind a position. */
  indexOf(position: bigint): number {
    let low = 0;
    let high = this.all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.all[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  onGrown(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  append(stream: string, expected: Expected, events: readonly Proposed[]): Outcome {
    const refused = this.#refusal(stream, expected, events);
    if (refused !== undefined) return refused;
    this.#appends += 1;
    if (this.#appends % systemEventEvery === 0) this.#addSystemEvent();
    const { last, position } = this.#write(stream, ticks(), events);
    for (const listener of this.#listeners) listener();
    return { is: 'written', last, position };
  }

  #refusal(stream: string, expected: Expected, events: readonly Proposed[]): Outcome | undefined {
    const there = this.#streams.get(stream) ?? [];
    const current = there.at(-1)?.revision;
    const wrong: Outcome = { is: 'wrong', current };
    if (expected === 'stream_exists') return current === undefined ? wrong : undefined;
    if (expected === 'any') {
      const at = there.findIndex(({ id }) => id === events[0]!.id);
      if (at < 0) return undefined;
      return repeats(there.slice(at), events)
        ? { is: 'repeat', last: BigInt(at + events.length - 1) }
        : wrong;
    }
    const last = expected === 'no_stream' ? -1n : expected;
    if (last === (current ?? -1n)) return undefined;
    if (last > (current ?? -1n)) return wrong;
    const since = there.slice(Number(last) + 1);
    return repeats(since, events) ? { is: 'repeat', last: last + BigInt(events.length) } : wrong;
  }

  #addSystemEvent(): void {
    const data = Buffer.from('{}');
    const id = `00000000-0000-4000-8000-${String(this.all.length).padStart(12, '0')}`;
    this.#write('$stats-127.0.0.1:2113', ticks(), [
      { id, type: '$statsCollected', contentType: 'application/json', data, metadata: Buffer.alloc(0) },
    ]);
  }

  #write(stream: string, created: string, events: readonly Proposed[]): { last: bigint; position: bigint } {
    if (this.#journal !== undefined)
      appendFileSync(this.#journal, `${JSON.stringify(line(stream, created, events))}\n`);
    return this.#add(stream, created, events);
  }

  #add(stream: string, created: string, events: readonly Proposed[]): { last: bigint; position: bigint } {
    const there = this.#streams.get(stream) ?? [];
    this.#streams.set(stream, there);
    for (const event of events) {
      const stored = { ...event, stream, created, revision: BigInt(there.length), position: this.#end };
      there.push(stored);
      this.all.push(stored);
      // A position is an offset in the server's log: it grows by what was written.
      this.#end += BigInt(120 + event.data.length + event.metadata.length);
    }
    const { revision, position } = there.at(-1)!;
    return { last: revision, position };
  }

  #replay(journal: string): void {
    for (const text of journal.split('\n')) {
      if (text === '') continue;
      const { stream, created, events } = JSON.parse(text) as JournalLine;
      this.#add(
        stream,
        created,
        events.map(([id, type, contentType, data, metadata]) => ({
          id,
          type,
          contentType,
          data: Buffer.from(data, 'base64'),
          metadata: Buffer.from(metadata, 'base64'),
        })),
      );
    }
  }
}

const ticks = (): string => `${BigInt(Date.now()) * 10_000n}`;

const repeats = (there: readonly Stored[], events: readonly Proposed[]): boolean =>
  events.every(({ id }, index) => there[index]?.id === id);

const line = (stream: string, created: string, events: readonly Proposed[]): JournalLine => ({
  stream,
  created,
  events: events.map(({ id, type, contentType, data, metadata }) => [
    id,
    type,
    contentType,
    Buffer.from(data).toString('base64'),
    Buffer.from(metadata).toString('base64'),
  ]),
});
