/**
 * Which slot is whose, in typed arrays: a million subjects take about 25 MB where a `Map` would take ten times that.
 * Open addressing over 128-bit fingerprints, which are even already. Slots are never taken out.
 */
export class SlotIndex {
  /** Slot number + 1; 0 is free. */
  #table = new Uint32Array(1_024);
  /** Four words a slot. */
  #fingerprints = new Uint32Array(512 * 4);
  #destroyed = new Uint8Array(512);
  #count = 0;

  find(fingerprint: Buffer): number | undefined {
    const found = this.#table[this.#place(fingerprint)]!;
    return found === 0 ? undefined : found - 1;
  }

  isDestroyed(slot: number): boolean {
    return this.#destroyed[slot] === 1;
  }

  set(fingerprint: Buffer, slot: number, destroyed: boolean): void {
    this.#makeRoom(slot);
    for (let word = 0; word < 4; word += 1)
      this.#fingerprints[slot * 4 + word] = fingerprint.readUInt32LE(word * 4);
    this.#destroyed[slot] = destroyed ? 1 : 0;
    const place = this.#place(fingerprint);
    if (this.#table[place] === 0) this.#count += 1;
    this.#table[place] = slot + 1;
  }

  /** The place of this fingerprint, or the free one where it belongs. */
  #place(fingerprint: Buffer): number {
    const mask = this.#table.length - 1;
    let place = fingerprint.readUInt32LE(0) & mask;
    for (let found = this.#table[place]!; found !== 0; found = this.#table[place]!) {
      if (this.#matches(found - 1, fingerprint)) return place;
      place = (place + 1) & mask;
    }
    return place;
  }

  #matches(slot: number, fingerprint: Buffer): boolean {
    for (let word = 0; word < 4; word += 1) {
      if (this.#fingerprints[slot * 4 + word] !== fingerprint.readUInt32LE(word * 4)) return false;
    }
    return true;
  }

  #makeRoom(slot: number): void {
    if (slot >= this.#destroyed.length) {
      const slots = Math.max(slot + 1, Math.ceil(this.#destroyed.length * 1.5));
      this.#destroyed = copied(this.#destroyed, new Uint8Array(slots));
      this.#fingerprints = copied(this.#fingerprints, new Uint32Array(slots * 4));
    }
    if (this.#count + 1 > this.#table.length * 0.7) this.#rehash();
  }

  #rehash(): void {
    const old = this.#table;
    this.#table = new Uint32Array(old.length * 2);
    const mask = this.#table.length - 1;
    for (const entry of old) {
      if (entry === 0) continue;
      let place = this.#fingerprints[(entry - 1) * 4]! & mask;
      while (this.#table[place] !== 0) place = (place + 1) & mask;
      this.#table[place] = entry;
    }
  }
}

const copied = <T extends Uint8Array | Uint32Array>(from: T, to: T): T => {
  to.set(from);
  return to;
};
