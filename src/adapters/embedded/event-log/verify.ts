import { eventsOf, lastPosition, lastRevision, type Frame } from './frame.ts';
import type { FrameReader } from './frame-reader.ts';
import type { FrameStore } from './frame-store.ts';
import type { StreamHeads } from './stream-heads.ts';

export interface VerifyOptions {
  readonly reader: FrameReader;
  readonly store: FrameStore;
  readonly heads: StreamHeads;
  /** Throws once the log is closed. */
  readonly mustBeOpen: () => void;
}

/** Why the frame does not fit to what stands before it in its stream, or to the index. */
const misfit = (frame: Frame, { store, heads }: VerifyOptions): string | undefined => {
  if (eventsOf(frame).length !== frame.count) return 'a record does not hold as many events as it says';
  const before = frame.previous === 0 ? undefined : store.at(frame.previous);
  if (before !== undefined && (before.stream !== frame.stream || before.address >= frame.address)) {
    return `the record that should stand before it in ${frame.stream} is another stream's`;
  }
  const expected = before === undefined ? 0 : lastRevision(before) + 1;
  if (frame.revision !== expected)
    return `${frame.stream} has revision ${frame.revision} where ${expected} is due`;
  const head = heads.find(frame.stream);
  if (head !== undefined && head.address >= frame.address && head.revision >= lastRevision(frame))
    return undefined;
  return `the index of streams does not know this end of ${frame.stream}`;
};

/** Reads everything from the beginning: checksums, positions, the order within each stream, the index of streams. */
export const verifyAll = async (
  options: VerifyOptions,
  onProgress: (position: number) => void,
): Promise<void> => {
  const { reader, mustBeOpen } = options;
  for (let cursor = reader.begin(); ;) {
    const page = await reader.sound(cursor, { maxEvents: 1024, withText: true });
    mustBeOpen();
    const last = page.frames.at(-1);
    if (last === undefined) return;
    for (const frame of page.frames) {
      const why = misfit(frame, options);
      if (why !== undefined) throw reader.damage(frame, why);
    }
    cursor = page.next;
    onProgress(lastPosition(last));
  }
};
