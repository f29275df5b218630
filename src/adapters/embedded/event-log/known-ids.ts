import type { StreamName } from '../../../core/ids.ts';

/** So many ids are kept, of the streams that were written last. */
const maxIds = 32_768;

/** The event ids of streams that are being written, so that (stream, event id) stays unique without reading. */
export class KnownIds {
  readonly #streams = new Map<StreamName, Set<string>>();
  #count = 0;

  /** What is asked for last is let go last. */
  of(stream: StreamName): Set<string> | undefined {
    const ids = this.#streams.get(stream);
    if (ids === undefined) return undefined;
    this.#streams.delete(stream);
    this.#streams.set(stream, ids);
    return ids;
  }

  keep(stream: StreamName, ids: Set<string>): void {
    this.#streams.set(stream, ids);
    this.#count += ids.size;
    this.#trim();
  }

  add(ids: Set<string>, more: readonly { readonly id: string }[]): void {
    for (const { id } of more) ids.add(id);
    this.#count += more.length;
    this.#trim();
  }

  forget(stream: StreamName): void {
    this.#count -= this.#streams.get(stream)?.size ?? 0;
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
