import type { Position } from '../../../core/position.ts';
import type { ReadStreamOptions, RecordedEvent } from '../../../ports/event-log.ts';
import { eventsOf, lastPosition, lastRevision, type Frame } from './frame.ts';
import type { FrameReader } from './frame-reader.ts';
import type { FrameStore } from './frame-store.ts';
import { Places } from './places.ts';
import type { RecentFrames } from './recent-frames.ts';
import type { Segments } from './segments.ts';

/** Most events that one read answers, and one batch of `follow`. */
const maxPage = 4096;
const followBatch = 1024;
/** Pages of old events that followers which catch up together share. */
const sharedPages = 4;
/** Frames of a stream between two turns of the event loop. */
const framesPerTurn = 128;

export interface HistoryOptions {
  readonly segments: Segments;
  readonly reader: FrameReader;
  readonly recent: RecentFrames;
  readonly store: FrameStore;
  /** Position of the last durable event. */
  readonly durable: () => number;
  /** Throws once the log is closed. */
  readonly mustBeOpen: () => void;
}

/** The reading half of the log; it sees durable events only. */
export class History {
  readonly #options: HistoryOptions;
  readonly #places: Places;
  readonly #shared = new Map<number, Promise<readonly RecordedEvent[]>>();
  readonly #waiting = new Set<() => void>();

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#places = new Places(options.segments);
  }

  /** The frames of a stream from the one at `address` back to its first. */
  *chain(address: number): Generator<Frame, void> {
    for (let at = address; at !== 0;) {
      const frame = this.#options.store.at(at);
      yield frame;
      at = frame.previous;
    }
  }

  /** The same with turns of the event loop in between, for chains of any length. */
  async *patientChain(address: number): AsyncGenerator<Frame, void> {
    let frames = 0;
    for (const frame of this.chain(address)) {
      yield frame;
      frames += 1;
      if (frames % framesPerTurn === 0) await new Promise((resolve) => void setImmediate(resolve));
      this.#options.mustBeOpen();
    }
  }

  /** Events of the stream whose last frame is at `address`. */
  async readStream(address: number, options: ReadStreamOptions): Promise<readonly RecordedEvent[]> {
    const durable = this.#options.durable();
    const backwards = options.direction === 'backwards';
    const limit = within(options.limit);
    const from = options.from ?? (backwards ? Infinity : 0);
    const [low, high] = backwards ? [0, from] : [from, from + limit - 1];
    const found: RecordedEvent[] = [];
    const take = (frame: Frame): boolean => {
      if (lastPosition(frame) <= durable) takeDescending(frame, low, high, found);
      return frame.revision > low && !(backwards && found.length >= limit);
    };
    const frames = this.chain(address);
    for (let taken = 0; taken < framesPerTurn; taken += 1) {
      const next = frames.next();
      if (next.done === true || !take(next.value)) return backwards ? found.slice(0, limit) : found.reverse();
      address = next.value.previous;
    }
    for await (const frame of this.patientChain(address)) if (!take(frame)) break;
    return backwards ? found.slice(0, limit) : found.reverse();
  }

  async readAll(after: number, limit: number): Promise<readonly RecordedEvent[]> {
    const wanted = within(limit);
    let events = await this.#page(after, wanted);
    while (events.length > 0 && events.length < wanted) {
      const more = await this.#page(Number(events.at(-1)!.position), wanted - events.length);
      if (more.length === 0) break;
      events = [...events, ...more];
    }
    return events;
  }

  async *follow(after: number, signal: AbortSignal): AsyncGenerator<readonly RecordedEvent[], void> {
    let seen = after;
    while (!signal.aborted) {
      this.#options.mustBeOpen();
      const events = this.#recentAfter(seen, followBatch) ?? (await this.#sharedPage(seen));
      const last = events.at(-1);
      if (last === undefined) await this.#moreThan(seen, signal);
      else {
        seen = Number(last.position);
        if (!signal.aborted) yield events;
      }
    }
  }

  /** Wakes all followers that wait. */
  wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  /** Resolves when there is more than `seen`, the signal aborts, or the log is closed. */
  #moreThan(seen: number, signal: AbortSignal): Promise<void> {
    if (this.#options.durable() > seen || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  #sharedPage(after: number): Promise<readonly RecordedEvent[]> {
    const known = this.#shared.get(after);
    if (known !== undefined) return known;
    const page = this.#page(after, followBatch);
    this.#shared.set(after, page);
    page.catch(() => this.#shared.delete(after));
    for (const oldest of this.#shared.keys()) {
      if (this.#shared.size <= sharedPages) break;
      this.#shared.delete(oldest);
    }
    return page;
  }

  #recentAfter(after: number, limit: number): readonly RecordedEvent[] | undefined {
    const durable = this.#options.durable();
    if (after >= durable) return [];
    const frames = this.#options.recent.from(after + 1, limit, durable);
    return frames === undefined ? undefined : eventsAfter(frames, after, limit);
  }

  /** At least one event when there is one, perhaps fewer than there are. */
  async #page(after: number, limit: number): Promise<readonly RecordedEvent[]> {
    const recent = this.#recentAfter(after, limit);
    if (recent !== undefined) return recent;
    const { reader } = this.#options;
    let cursor = await this.#places.find(after + 1);
    for (;;) {
      const page = await reader.sound(cursor, {
        maxEvents: after + limit + 1 - cursor.position,
        withText: true,
      });
      const events = eventsAfter(page.frames, after, limit);
      const last = events.at(-1);
      if (last !== undefined) {
        this.#rememberBehind(Number(last.position), page.frames, page.next);
        return events;
      }
      if (page.frames.length === 0) throw reader.damage(page.next, 'the log ends before its last position');
      cursor = page.next;
    }
  }

  #rememberBehind(
    position: number,
    frames: readonly Frame[],
    next: { address: number; position: number },
  ): void {
    const last = frames.at(-1)!;
    const cut = lastPosition(last) > position;
    this.#places.remember(position + 1, cut ? { address: last.address, position: last.position } : next);
  }
}

const within = (limit: number): number => Math.min(Math.max(limit, 1), maxPage);

const takeDescending = (frame: Frame, low: number, high: number, found: RecordedEvent[]): void => {
  if (frame.revision > high || lastRevision(frame) < low) return;
  const events = eventsOf(frame);
  for (let index = events.length - 1; index >= 0; index -= 1) {
    const event = events[index]!;
    if (event.revision >= low && event.revision <= high) found.push(event);
  }
};

/** Not before the one behind `after`, at most `limit`. */
const eventsAfter = (frames: readonly Frame[], after: number, limit: number): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = [];
  for (const frame of frames) {
    if (events.length >= limit) break;
    if (lastPosition(frame) <= after) continue;
    const decoded = eventsOf(frame);
    const first = Math.max(0, after + 1 - frame.position);
    for (let index = first; index < decoded.length && events.length < limit; index += 1)
      events.push(decoded[index]!);
  }
  return events;
};

export const positionOf = (position: number): Position => BigInt(position) as Position;
