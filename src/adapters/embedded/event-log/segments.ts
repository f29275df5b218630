import { join } from 'node:path';
import { LogDamaged, LogUnavailable } from '../../../ports/event-log.ts';
import type { LogFile, LogFiles } from './log-files.ts';
import {
  encodeHeader,
  readHeader,
  segmentHeaderBytes,
  unfinished,
  type SegmentHeader,
} from './segment-header.ts';

/** One file of the log. */
export interface Segment {
  /** 1 for the first, without gaps. */
  readonly ordinal: number;
  /** Position of its first event. */
  readonly first: number;
  readonly name: string;
  /** Where the durable frames end, bytes. */
  end: number;
}

const addressUnit = 2 ** 32;

export const addressOf = (ordinal: number, offset: number): number => ordinal * addressUnit + offset;
export const ordinalOf = (address: number): number => Math.floor(address / addressUnit);
export const offsetOf = (address: number): number => address - ordinalOf(address) * addressUnit;

const nameOf = (first: number): string => `${String(first).padStart(20, '0')}.seg`;
const isSegmentName = (name: string): boolean => /^\d{20}\.seg$/.test(name);

/** Descriptors kept open for reading, however many segments there are. */
const maxOpenFiles = 16;

interface Reader {
  readonly file: LogFile;
  /** Reads under way; the file is not closed meanwhile. */
  busy: number;
}

export const damaged = (segment: Segment, offset: number, position: number, why: string): LogDamaged =>
  new LogDamaged(
    `The log is damaged: segment ${segment.name}, offset ${offset}, position ${position}: ${why}.`,
  );

/** The segment files of one log, in order. */
export class Segments {
  readonly #files: LogFiles;
  readonly #directory: string;
  readonly #segments: Segment[] = [];
  readonly #open = new Map<number, Reader>();
  #closed = false;
  /** Random, made with the first segment; a file of another log is refused by it. */
  readonly log: Buffer;

  private constructor(files: LogFiles, directory: string, log: Buffer) {
    this.#files = files;
    this.#directory = directory;
    this.log = log;
  }

  /** Checks all headers. A last segment without a whole header never held an event and is removed. */
  static open(
    files: LogFiles,
    directory: string,
    newLog: () => Buffer,
    onNotice: (message: string) => void,
  ): Segments {
    const names = files.list(directory).filter(isSegmentName);
    const headers = names.map((name) => readHeader(files, join(directory, name)));
    const last = headers.at(-1);
    if (last?.header === unfinished) {
      const name = names.pop()!;
      headers.pop();
      files.remove(join(directory, name));
      files.syncDirectory(directory);
      onNotice(`Removed segment ${name}: a crash left it without a header, so it never held an event.`);
    }
    const firstHeader = headers[0]?.header;
    const log = typeof firstHeader === 'object' ? Buffer.from(firstHeader.log) : newLog();
    const segments = new Segments(files, directory, log);
    for (const [index, { header, size }] of headers.entries()) segments.#adopt(names[index]!, header, size);
    return segments;
  }

  #adopt(name: string, header: SegmentHeader | string, size: number): void {
    const refuse = (why: string): never => {
      throw new LogDamaged(
        `The log is damaged: segment ${name}, offset 0, position ${Number(name.slice(0, 20))}: ${why}.`,
      );
    };
    if (typeof header === 'string') return refuse(header);
    const before = this.#segments.at(-1);
    if (!header.log.equals(this.log)) refuse('it belongs to another log');
    if (nameOf(header.first) !== name) refuse(`its header says position ${header.first}`);
    if (header.ordinal !== this.#segments.length + 1) refuse('the segment before it is missing');
    if (before !== undefined && header.previousEnd !== before.end) {
      const why = `it has ${before.end} bytes, but had ${header.previousEnd} when the next segment was begun`;
      throw damaged(before, Math.min(before.end, header.previousEnd), header.first, why);
    }
    this.#segments.push({ ordinal: header.ordinal, first: header.first, name, end: size });
  }

  get count(): number {
    return this.#segments.length;
  }

  get last(): Segment | undefined {
    return this.#segments.at(-1);
  }

  get all(): readonly Segment[] {
    return this.#segments;
  }

  at(ordinal: number): Segment | undefined {
    return this.#segments[ordinal - 1];
  }

  /** Address behind the last durable frame; where the first will be, when there is no segment. */
  get end(): number {
    const { last } = this;
    return last === undefined ? addressOf(1, segmentHeaderBytes) : addressOf(last.ordinal, last.end);
  }

  /** The segment that holds `position`, or the last one. */
  holding(position: number): Segment | undefined {
    let low = 0;
    let high = this.#segments.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#segments[middle]!.first <= position) low = middle;
      else high = middle - 1;
    }
    return this.#segments[low];
  }

  get bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.end, 0);
  }

  /** Reads at `offset`; less than asked for only at the end of the file. */
  async read(segment: Segment, into: Uint8Array, offset: number): Promise<number> {
    const reader = this.#reader(segment);
    reader.busy += 1;
    try {
      return await reader.file.read(into, offset);
    } finally {
      reader.busy -= 1;
      if (this.#closed && reader.busy === 0) reader.file.close();
    }
  }

  /** The same without leaving the event loop: for single records, which the page cache nearly always holds. */
  readNow(segment: Segment, into: Uint8Array, offset: number): number {
    return this.#reader(segment).file.readNow(into, offset);
  }

  #reader(segment: Segment): Reader {
    if (this.#closed) throw new LogUnavailable('closed', 'The log was closed during a read.');
    const open = this.#open.get(segment.ordinal);
    if (open !== undefined) return open;
    for (const [ordinal, reader] of this.#open) {
      if (this.#open.size < maxOpenFiles) break;
      if (reader.busy > 0) continue;
      this.#open.delete(ordinal);
      reader.file.close();
    }
    const reader = { file: this.#files.open(join(this.#directory, segment.name), 'read'), busy: 0 };
    this.#open.set(segment.ordinal, reader);
    return reader;
  }

  writer(segment: Segment): LogFile {
    return this.#files.open(join(this.#directory, segment.name), 'write');
  }

  /** Begins a segment whose first event will have position `first`; it and its name are durable when this resolves. */
  async begin(first: number): Promise<{ readonly segment: Segment; readonly file: LogFile }> {
    const previous = this.last;
    const segment: Segment = { ordinal: this.count + 1, first, name: nameOf(first), end: segmentHeaderBytes };
    const path = join(this.#directory, segment.name);
    const file = this.#files.open(path, 'create');
    try {
      await file.write(encodeHeader(this.log, segment.ordinal, first, previous?.end ?? 0), 0);
      await file.sync();
      this.#files.syncDirectory(this.#directory);
    } catch (error) {
      file.close();
      this.#files.remove(path);
      throw error;
    }
    this.#segments.push(segment);
    return { segment, file };
  }

  /** Files that are being read are closed after that. */
  close(): void {
    this.#closed = true;
    for (const { file, busy } of this.#open.values()) if (busy === 0) file.close();
    this.#open.clear();
  }
}
