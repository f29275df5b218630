import { latest, start, type Position } from '../../../core/position.ts';

/** What this process knows of the order of all events; positions only grow, so none of it gets wrong. */
export class Horizon {
  #seen: Position = start;
  #head: Position = start;
  #scanned: Position = start;

  /** The greatest position met so far, of anybody's event. */
  get seen(): Position {
    return this.#seen;
  }

  see(position: Position): void {
    this.#seen = latest(this.#seen, position);
  }

  /** Up to here the last event of ours is `head`. */
  get scanned(): Position {
    return this.#scanned;
  }

  get head(): Position {
    return this.#head;
  }

  scannedTo(scanned: Position, head: Position): void {
    if (scanned < this.#scanned) return;
    this.#scanned = scanned;
    this.#head = head;
    this.see(scanned);
  }

  /** As good a place to begin as `after`: nothing of ours is in between. */
  from(after: Position): Position {
    return this.#head === start && after < this.#scanned ? this.#scanned : after;
  }
}
