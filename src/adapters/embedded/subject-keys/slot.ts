import { createHash } from 'node:crypto';
import { crc32c } from '@node-rs/crc32';
import type { Chance } from '../../../core/clock.ts';
import type { MasterKey, SubjectKey } from '../../../ports/subject-keys.ts';
import { openKey, sealKey, tagLength } from '../../shared/key-wrapping.ts';

/**
 * One subject's place in the key file. 128 divides a disk's sector, so a slot is written whole or not at all.
 * State 1 · fingerprint 16 · master 8 · key id 16 · nonce 12 · wrapped key 32 · tag 16 · … · CRC32C 4.
 */
export const slotBytes = 128;

const at = {
  state: 0,
  fingerprint: 4,
  master: 20,
  keyId: 28,
  nonce: 44,
  wrapped: 56,
  tag: 88,
  checksum: 124,
} as const;
const state = { empty: 0, live: 1, destroyed: 2 } as const;
export const fingerprintBytes = 16;

/** A slot's checksum does not fit, or its key does not open under the master key that it names. */
export class SubjectKeysDamaged extends Error {
  override readonly name = 'SubjectKeysDamaged';
}

/** Names a subject in the file; even, so that the index in memory needs no other hash. */
export const fingerprintOf = (subject: string): Buffer =>
  createHash('sha256').update(subject).digest().subarray(0, fingerprintBytes);

export const masterMark = (id: string): Buffer =>
  createHash('sha256').update(`master ${id}`).digest().subarray(0, 8);

export const liveSlot = (
  fingerprint: Buffer,
  { id, key }: SubjectKey,
  master: MasterKey,
  chance: Chance,
): Buffer => {
  const slot = Buffer.alloc(slotBytes);
  slot[at.state] = state.live;
  fingerprint.copy(slot, at.fingerprint);
  masterMark(master.id).copy(slot, at.master);
  slot.write(id, at.keyId, 'hex');
  const nonce = chance.bytes(12);
  nonce.copy(slot, at.nonce);
  sealKey(key, master, nonce, boundTo(slot)).copy(slot, at.wrapped);
  return checksummed(slot);
};

/** Chance over the key and all that belongs to it: this is what overwrites it on the disk. */
export const tombstone = (fingerprint: Buffer, chance: Chance): Buffer => {
  const slot = Buffer.alloc(slotBytes);
  slot[at.state] = state.destroyed;
  fingerprint.copy(slot, at.fingerprint);
  chance.bytes(at.checksum - at.master).copy(slot, at.master);
  return checksummed(slot);
};

const checksummed = (slot: Buffer): Buffer => {
  slot.writeUInt32LE(crc32c(slot.subarray(0, at.checksum)), at.checksum);
  return slot;
};

export interface HeldSlot {
  readonly is: 'live' | 'destroyed';
  readonly fingerprint: Buffer;
  /** Of the master key that wrapped it; chance in a tombstone. */
  readonly master: Buffer;
}

export type SlotContent = { readonly is: 'empty' } | HeldSlot;

/** @throws SubjectKeysDamaged, naming `where`. */
export const readSlot = (slot: Buffer, where: string): SlotContent => {
  if (slot[at.state] === state.empty && slot.every((byte) => byte === 0)) return { is: 'empty' };
  if (slot.readUInt32LE(at.checksum) !== crc32c(slot.subarray(0, at.checksum))) {
    throw new SubjectKeysDamaged(`${where} does not fit its checksum. Restore the file from a back-up.`);
  }
  const fingerprint = slot.subarray(at.fingerprint, at.master);
  const master = slot.subarray(at.master, at.keyId);
  return { is: slot[at.state] === state.live ? 'live' : 'destroyed', fingerprint, master };
};

/** `undefined` when the master key is not the one that wrapped the slot's key. */
export const unwrap = (slot: Buffer, master: MasterKey): SubjectKey | undefined => {
  const text = slot.subarray(at.wrapped, at.tag + tagLength);
  const key = openKey(text, master, slot.subarray(at.nonce, at.wrapped), boundTo(slot));
  return key === undefined ? undefined : { id: slot.toString('hex', at.keyId, at.nonce), key };
};

/** A wrapped key opens only as the key of its subject and under its own id. */
const boundTo = (slot: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from('storyline subject key 1'),
    slot.subarray(at.fingerprint, at.master),
    slot.subarray(at.keyId, at.nonce),
  ]);
