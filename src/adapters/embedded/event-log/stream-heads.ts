import type { StreamName } from '../../../core/ids.ts';
import { lastPosition, lastRevision, type Frame } from './frame.ts';

/** Where a stream ends. */
export interface Head {
  readonly revision: number;
  /** Address of its last frame. */
  readonly address: number;
  /** Position of its last event. */
  readonly position: number;
  /** The ids of all its events, once they were needed. */
  ids: Set<string> | undefined;
}

export class StreamHeads {
  readonly #heads = new Map<StreamName, Head>();

  find(stream: StreamName): Head | undefined {
    return this.#heads.get(stream);
  }

  moved(frame: Frame, ids: Set<string> | undefined): void {
    this.#heads.set(frame.stream, {
      revision: lastRevision(frame),
      address: frame.address,
      position: lastPosition(frame),
      ids,
    });
  }

  /** `frames` newest first, with the frame that stood before each in its stream. */
  takenBack(frames: readonly Frame[], before: (address: number) => Frame): void {
    const gone = new Set(frames.map(({ address }) => address));
    for (const { stream, previous } of frames) {
      if (previous === 0) this.#heads.delete(stream);
      else if (!gone.has(previous)) this.moved(before(previous), undefined);
    }
  }
}
