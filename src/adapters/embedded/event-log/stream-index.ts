import type { StreamName } from '../../../core/ids.ts';
import type { Cursor } from './frame-reader.ts';
import { hashName, IndexPage, pageBytes, slotsPerPage, type NameHash } from './index-page.ts';
import type { LogFile } from './log-files.ts';
import { decodeHeader, encodeHeader, type IndexFile, type IndexState } from './index-header.ts';

/** A page whose checksum does not fit: the index has to be made anew from the segments. */
export class IndexDamaged extends Error {
  override readonly name = 'IndexDamaged';
}

/** The last frame of a stream moved. */
export interface Move {
  readonly stream: StreamName;
  /** The address that the index has, 0 for a stream that it does not know. */
  readonly from: number;
  readonly to: number;
}

const firstPages = 16;
/** A page has 255 slots; at this average one is full only once in a hundred thousand. */
const fillLimit = 0.7;
const pagesPerRun = 64;
/** 4 MiB: all pages of some 180,000 streams. */
const maxPagesInMemory = 1024;

/**
 * Stream → address of its last frame, as a hash table in a file of checksummed pages: page 0 is the header, the others
 * hold the slots. It takes no memory however many streams there are, and can be thrown away at any time.
 */
export class StreamIndex {
  readonly #file: IndexFile;
  /** Pages that were used last; what is written goes through to the file. */
  readonly #pages = new Map<number, IndexPage>();
  #handle: LogFile;
  #state: IndexState;
  #inUse = false;

  private constructor(file: IndexFile, handle: LogFile, state: IndexState) {
    this.#file = file;
    this.#handle = handle;
    this.#state = state;
  }

  /** The index, or why there is none that can be used. */
  static open(file: IndexFile): StreamIndex | string {
    let handle: LogFile;
    try {
      handle = file.files.open(file.path, 'write');
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is none' : String(error);
    }
    const bytes = Buffer.alloc(pageBytes);
    handle.readNow(bytes, 0);
    const state = decodeHeader(bytes, handle.size(), file);
    const sound = typeof state === 'string' ? state : countEntries(handle, state);
    if (typeof sound !== 'string') return new StreamIndex(file, handle, sound);
    handle.close();
    return sound;
  }

  /** An empty one, in place of whatever is there. */
  static create(file: IndexFile, covered: Cursor): StreamIndex {
    const state = { pages: firstPages, entries: 0, covered };
    const handle = newFile(file, state);
    const page = newPage();
    for (let number = 1; number <= firstPages; number += 1) {
      page.seal(number);
      handle.writeNow(page.bytes, number * pageBytes);
    }
    file.files.rename(temporary(file), file.path);
    const index = new StreamIndex(file, handle, state);
    index.#inUse = true;
    return index;
  }

  get covered(): Cursor {
    return this.#state.covered;
  }

  get streams(): number {
    return this.#state.entries;
  }

  /** Addresses of last frames, of which at most one is of `stream`. @throws IndexDamaged */
  addresses(stream: StreamName): readonly number[] {
    const hash = hashName(stream);
    const page = this.#page(pageOf(hash, this.#state.pages));
    let slot = page.next(hash, 0);
    if (slot === -1) return [];
    const found: number[] = [];
    for (; slot !== -1; slot = page.next(hash, slot + 1)) found.push(page.address(slot));
    return found;
  }

  #page(number: number): IndexPage {
    const known = this.#pages.get(number);
    if (known !== undefined) return known;
    const page = this.#read(number, newPage());
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size < maxPagesInMemory) break;
      this.#pages.delete(oldest);
    }
    this.#pages.set(number, page);
    return page;
  }

  #read(number: number, page: IndexPage): IndexPage {
    if (this.#handle.readNow(page.bytes, number * pageBytes) === pageBytes && page.isSound(number))
      return page;
    throw new IndexDamaged(`Page ${number} of the index of streams is damaged.`);
  }

  /**
   * Takes over `moves`, and that everything before `covered` is in it. `streamAt` names the stream of a frame.
   * @throws IndexDamaged
   */
  async apply(
    moves: readonly Move[],
    covered: Cursor,
    streamAt: (address: number) => StreamName,
  ): Promise<void> {
    this.#begin();
    const arriving = moves.filter(({ from }) => from === 0).length;
    while (this.#state.entries + arriving > this.#state.pages * slotsPerPage * fillLimit)
      await this.#double();
    for (
      let left = await this.#applyAll(moves, streamAt);
      left.length > 0;
      left = await this.#applyAll(left, streamAt)
    ) {
      await this.#double();
    }
    this.#state = { ...this.#state, covered };
    this.#writeHeader(false);
  }

  /** From here on the header says that it is in use, so that another boot of the machine does not trust it. */
  #begin(): void {
    if (this.#inUse) return;
    this.#inUse = true;
    this.#writeHeader(false);
  }

  #writeHeader(closed: boolean): void {
    this.#handle.writeNow(encodeHeader(this.#file, this.#state, closed), 0);
  }

  /** Answers the moves for which a page had no room. */
  async #applyAll(
    moves: readonly Move[],
    streamAt: (address: number) => StreamName,
  ): Promise<readonly Move[]> {
    const { pages } = this.#state;
    const placed = moves.map((move) => {
      const hash = hashName(move.stream);
      return { move, hash, number: pageOf(hash, pages) };
    });
    placed.sort((a, b) => a.number - b.number);
    const left: Move[] = [];
    let touched = 0;
    for (let at = 0; at < placed.length;) {
      const { number } = placed[at]!;
      const page = this.#page(number);
      const before = page.count;
      for (let next = placed[at]; next?.number === number; next = placed[at]) {
        if (!this.#place(page, next.hash, next.move, streamAt)) left.push(next.move);
        at += 1;
      }
      const added = page.count - before;
      page.seal(number);
      this.#write(page, number);
      this.#state = { ...this.#state, entries: this.#state.entries + added };
      touched += 1;
      if (touched % pagesPerRun === 0) await nextTurn();
    }
    return left;
  }

  /** A page that could not be written is forgotten, so that memory never knows more than the file. */
  #write(page: IndexPage, number: number): void {
    try {
      this.#handle.writeNow(page.bytes, number * pageBytes);
    } catch (error) {
      this.#pages.delete(number);
      throw error;
    }
  }

  /**
   * After a crash or a failed flush a page may be ahead of the header, and so of `from`: then the frame that the slot
   * points to decides whose it is.
   */
  #place(
    page: IndexPage,
    hash: NameHash,
    { stream, from, to }: Move,
    streamAt: (address: number) => StreamName,
  ): boolean {
    for (let slot = page.next(hash, 0); slot !== -1; slot = page.next(hash, slot + 1)) {
      const address = page.address(slot);
      if (address !== from && address !== to && streamAt(address) !== stream) continue;
      page.set(slot, Math.max(address, to));
      return true;
    }
    if (page.full) return false;
    page.add(hash, to);
    return true;
  }

  /** Splits every page in two, into a new file, which takes the place of the old one when it is whole. */
  async #double(): Promise<void> {
    const { pages } = this.#state;
    const state = { ...this.#state, pages: 2 * pages };
    const handle = newFile(this.#file, state);
    const from = newPage();
    const halves = [newPage(), newPage()] as const;
    for (let number = 1; number <= pages; number += 1) {
      this.#read(number, from);
      split(from, halves, pages);
      for (const [half, page] of halves.entries()) {
        page.seal(number + half * pages);
        handle.writeNow(page.bytes, (number + half * pages) * pageBytes);
      }
      if (number % pagesPerRun === 0) await nextTurn();
    }
    this.#file.files.rename(temporary(this.#file), this.#file.path);
    this.#handle.close();
    this.#handle = handle;
    this.#state = state;
    this.#pages.clear();
  }

  /** Makes all of it durable, so that the next start can trust it whatever happens to the machine. */
  async close(): Promise<void> {
    if (this.#inUse) {
      await this.#handle.sync();
      this.#writeHeader(true);
      await this.#handle.sync();
    }
    this.#handle.close();
  }

  /** Leaves the file as it is. */
  abandon(): void {
    this.#handle.close();
  }
}

/** Checks all pages; how many slots are taken is only known to the header if the index was closed. */
const countEntries = (handle: LogFile, state: IndexState): IndexState | string => {
  const page = newPage();
  let entries = 0;
  for (let number = 1; number <= state.pages; number += 1) {
    handle.readNow(page.bytes, number * pageBytes);
    if (!page.isSound(number)) return `its page ${number} is damaged`;
    entries += page.count;
  }
  return { ...state, entries };
};

const newPage = (): IndexPage => new IndexPage(Buffer.from(new ArrayBuffer(pageBytes)));

const pageOf = (hash: NameHash, pages: number): number => 1 + (hash.low % pages);

const split = (from: IndexPage, halves: readonly [IndexPage, IndexPage], pages: number): void => {
  for (const half of halves) half.clear();
  for (let slot = 0; slot < from.count; slot += 1) {
    const hash = { low: from.low(slot), high: from.high(slot) };
    const half = hash.low % (2 * pages) < pages ? halves[0] : halves[1];
    half.add(hash, from.address(slot));
  }
};

const temporary = ({ path }: IndexFile): string => `${path}.new`;

const newFile = (file: IndexFile, state: IndexState): LogFile => {
  file.files.remove(temporary(file));
  const handle = file.files.open(temporary(file), 'create');
  handle.writeNow(encodeHeader(file, state, false), 0);
  return handle;
};

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
