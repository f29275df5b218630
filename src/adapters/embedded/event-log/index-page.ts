import { crc32c } from '@node-rs/crc32';

/** Bytes of a page: what the kernel writes whole or not at all when the process is killed. */
export const pageBytes = 4096;
export const slotsPerPage = 255;

/** 64 bits of a stream's name. Two streams may share them: the frame that a slot points to says whose it is. */
export interface NameHash {
  readonly low: number;
  readonly high: number;
}

const mix = (hash: number): number => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
};

export const hashName = (name: string): NameHash => {
  let low = 0x811c9dc5;
  let high = 0x9e3779b9;
  for (let index = 0; index < name.length; index += 1) {
    const unit = name.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x27d4eb2f) ^ (high >>> 15);
  }
  return { low: mix(low), high: mix(high) };
};

/**
 * One page of the index: CRC32C over the rest, its own number, how many slots are taken, then slots of 16 bytes: the
 * hash (two 32-bit halves) and the address of the stream's last frame (a double). Little-endian, as all of Node is.
 */
export class IndexPage {
  readonly bytes: Buffer;
  readonly #words: Uint32Array;
  readonly #doubles: Float64Array;

  /** `bytes` begin at a multiple of eight in their buffer. */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#words = new Uint32Array(bytes.buffer, bytes.byteOffset, pageBytes / 4);
    this.#doubles = new Float64Array(bytes.buffer, bytes.byteOffset, pageBytes / 8);
  }

  get count(): number {
    return this.#words[2]!;
  }

  get full(): boolean {
    return this.count === slotsPerPage;
  }

  clear(): void {
    this.bytes.fill(0);
  }

  seal(number: number): void {
    this.#words[1] = number;
    this.#words[0] = crc32c(this.bytes.subarray(4));
  }

  isSound(number: number): boolean {
    return (
      this.#words[1] === number &&
      this.count <= slotsPerPage &&
      this.#words[0] === crc32c(this.bytes.subarray(4))
    );
  }

  low(slot: number): number {
    return this.#words[4 + 4 * slot]!;
  }

  high(slot: number): number {
    return this.#words[5 + 4 * slot]!;
  }

  address(slot: number): number {
    return this.#doubles[3 + 2 * slot]!;
  }

  /** The next slot from `slot` on that has this hash, -1 if there is none. */
  next(hash: NameHash, slot: number): number {
    for (let at = slot; at < this.count; at += 1) {
      if (this.low(at) === hash.low && this.high(at) === hash.high) return at;
    }
    return -1;
  }

  set(slot: number, address: number): void {
    this.#doubles[3 + 2 * slot] = address;
  }

  /** Only where the page is not full. */
  add(hash: NameHash, address: number): void {
    const slot = this.count;
    this.#words[2] = slot + 1;
    this.#words[4 + 4 * slot] = hash.low;
    this.#words[5 + 4 * slot] = hash.high;
    this.set(slot, address);
  }
}
