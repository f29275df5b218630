import type { StreamName } from '../../../core/ids.ts';

/** The ids of a stream from its first event up to and with `upTo`; what stands there stays, so this is never wrong. */
interface Known {
  readonly ids: Set<string>;
  upTo: number;
}

/** So many ids are kept, of the streams that were used last; some 10 MB. */
const maxIds = 100_000;

/** Event ids of streams that were read or written, so that (stream, event id) stays unique mostly without reading. */
export class KnownIds {
  readonly #streams = new Map<StreamName, Known>();
  #count = 0;

  /** The last revision up to which the stream is known, -1 for not at all. */
  upTo(stream: StreamName): number {
    return this.#streams.get(stream)?.upTo ?? -1;
  }

  has(stream: StreamName, id: string): boolean {
    return this.#streams.get(stream)?.ids.has(id) ?? false;
  }

  /** Events that stand one after another; those that leave a gap to what is known are ignored. */
  learn(stream: StreamName, events: readonly { readonly id: string; readonly revision: number }[]): void {
    const known = this.#streams.get(stream) ?? { ids: new Set<string>(), upTo: -1 };
    this.#streams.delete(stream);
    for (const { id, revision } of events) {
      if (revision !== known.upTo + 1) continue;
      known.ids.add(id);
      known.upTo = revision;
      this.#count += 1;
    }
    if (known.upTo >= 0) this.#streams.set(stream, known);
    this.#trim();
  }

  forget(stream: StreamName): void {
    this.#count -= (this.#streams.get(stream)?.upTo ?? -1) + 1;
    this.#streams.delete(stream);
  }

  /** The one used last stays however large it is. */
  #trim(): void {
    for (const stream of this.#streams.keys()) {
      if (this.#count <= maxIds || this.#streams.size === 1) return;
      this.forget(stream);
    }
  }
}
