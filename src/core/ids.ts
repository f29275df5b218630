import { hash } from 'node:crypto';
import type { Brand } from './brand.ts';
import type { Chance, Clock } from './clock.ts';

export type UserId = Brand<string, 'UserId'>;
export type PostId = Brand<string, 'PostId'>;
export type CommentId = Brand<string, 'CommentId'>;
export type SessionId = Brand<string, 'SessionId'>;
export type EventId = Brand<string, 'EventId'>;
/** Identifies one intention of a client; the same id twice is a repeat, recognised in the stream. */
export type CommandId = Brand<string, 'CommandId'>;
/** `<kind>-<id>`; holds no personal data. */
export type StreamName = Brand<string, 'StreamName'>;

/** RFC 9562 in its canonical lower-case form. */
export const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The id when `text` is a UUID in any case, else `undefined`. The edge calls this with the brand it needs. */
export const parseId = <Id extends Brand<string, string>>(text: string): Id | undefined => {
  const lower = text.toLowerCase();
  return uuid.test(lower) ? (lower as Id) : undefined;
};

const format = (bytes: Buffer, version: 7 | 8): string => {
  bytes[6] = (bytes[6]! & 0x0f) | (version << 4);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** The same parts make the same id, for ever (UUIDv8 over SHA-256): ids of events and of what a repeat creates. */
export const deriveId = <Id extends Brand<string, string>>(...parts: readonly string[]): Id =>
  format(hash('sha256', parts.join('\u0000'), 'buffer'), 8) as Id;

/** Makes fresh ids; injected, so that simulations repeat. */
export interface Ids {
  next<Id extends Brand<string, string>>(): Id;
}

/** UUIDv7 from the injected clock and chance (RFC 9562, 5.7). Nothing sorts by them. */
export const uuidv7 = (clock: Clock, chance: Chance): Ids => ({
  next: <Id extends Brand<string, string>>() => {
    const bytes = chance.bytes(16);
    bytes.writeUIntBE(clock.now(), 0, 6);
    return format(bytes, 7) as Id;
  },
});

export const streamName = (kind: string, id: string): StreamName => `${kind}-${id}` as StreamName;
