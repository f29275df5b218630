import { fstatSync } from 'node:fs';
import type { MasterKey } from '../../../ports/subject-keys.ts';
import { readAt, wrongMaster, writeAll, type KeyFile } from './key-file.ts';
import { SlotIndex } from './slot-index.ts';
import { masterMark, readSlot, slotBytes, unwrap, type SlotContent } from './slot.ts';

const chunkSlots = 8_192;

/** Slot 0 is the header's place, so slot numbers begin at 1. */
export const positionOf = (slot: number): number => slot * slotBytes;

export interface LoadedSlots {
  readonly index: SlotIndex;
  /** Where the next subject goes. */
  readonly next: number;
}

/** Every slot of the file, with its number. */
export function* slotsOf({ path, descriptor }: KeyFile): Generator<readonly [number, Buffer, SlotContent]> {
  const end = Math.floor(fstatSync(descriptor).size / slotBytes);
  for (let first = 1; first < end; first += chunkSlots) {
    const chunk = readAt(descriptor, positionOf(first), Math.min(chunkSlots, end - first) * slotBytes);
    for (let at = 0; at < chunk.length / slotBytes; at += 1) {
      const bytes = chunk.subarray(at * slotBytes, (at + 1) * slotBytes);
      yield [first + at, bytes, readSlot(bytes, `Slot ${first + at} of ${path}`)];
    }
  }
}

/**
 * Reads all slots and tries the first key of each master key. Behind the acknowledged slots there may be ones of a write that
 * failed: a subject's first slot is the one that counts, and a later one is emptied.
 */
export const loadSlots = (file: KeyFile, masters: readonly MasterKey[]): LoadedSlots => {
  const index = new SlotIndex();
  const tried = new Set<string>();
  let next = 1;
  for (const [slot, bytes, content] of slotsOf(file)) {
    if (content.is === 'empty') continue;
    if (index.find(content.fingerprint) !== undefined) {
      writeAll(file.descriptor, Buffer.alloc(slotBytes), positionOf(slot));
      continue;
    }
    if (content.is === 'live') tryMaster(file, bytes, content.master, masters, tried);
    index.set(content.fingerprint, slot, content.is === 'destroyed');
    next = slot + 1;
  }
  return { index, next };
};

const tryMaster = (
  file: KeyFile,
  bytes: Buffer,
  mark: Buffer,
  masters: readonly MasterKey[],
  tried: Set<string>,
): void => {
  const name = mark.toString('hex');
  if (tried.has(name)) return;
  tried.add(name);
  const master = masterOf(mark, masters);
  if (master === undefined || unwrap(bytes, master) === undefined) throw wrongMaster(file.path);
};

export const masterOf = (mark: Buffer, masters: readonly MasterKey[]): MasterKey | undefined =>
  masters.find(({ id }) => masterMark(id).equals(mark));
