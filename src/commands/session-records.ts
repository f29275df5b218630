import type { Millis } from '../core/clock.ts';
import type { SessionId, UserId } from '../core/ids.ts';
import type { EphemeralStore } from '../ports/ephemeral-store.ts';
import type { SessionRecord } from './session-record.ts';

export interface StoredRecord {
  readonly record: SessionRecord;
  readonly version: string;
}

/** The records in the ephemeral store, changed only by compare-and-set. */
export interface SessionRecords {
  load(userId: UserId): Promise<StoredRecord | undefined>;
  /** `expected` is what was loaded; answers whether it was still so. */
  replace(userId: UserId, expected: StoredRecord | undefined, record: SessionRecord): Promise<boolean>;
  /** Whose session it is: a refresh token does not say. */
  ownerOf(sessionId: SessionId): Promise<UserId | undefined>;
  setOwner(sessionId: SessionId, userId: UserId): Promise<void>;
}

const parsedRecords = 10_000;

export const createSessionRecords = (ephemeral: EphemeralStore, ttl: Millis): SessionRecords => {
  /** What a text says, so that it is parsed once; the store is asked every time. */
  const parsed = new Map<UserId, { readonly text: string; readonly record: SessionRecord }>();

  const remember = (userId: UserId, text: string, record: SessionRecord): SessionRecord => {
    parsed.delete(userId);
    parsed.set(userId, { text, record });
    if (parsed.size > parsedRecords) parsed.delete(parsed.keys().next().value!);
    return record;
  };

  return {
    load: async (userId) => {
      const found = await ephemeral.get(`account:${userId}`);
      if (found === undefined) return undefined;
      const { value: text, version } = found;
      const before = parsed.get(userId);
      if (before?.text === text) return { record: before.record, version };
      return { record: remember(userId, text, JSON.parse(text) as SessionRecord), version };
    },
    replace: async (userId, expected, record) => {
      const text = JSON.stringify(record);
      const version = await ephemeral.compareAndSet(`account:${userId}`, expected?.version, text, ttl);
      if (version === undefined) return false;
      remember(userId, text, record);
      return true;
    },
    ownerOf: async (sessionId) => (await ephemeral.get(`session:${sessionId}`))?.value as UserId | undefined,
    setOwner: (sessionId, userId) => ephemeral.set(`session:${sessionId}`, userId, ttl),
  };
};
