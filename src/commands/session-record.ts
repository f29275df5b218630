import { millisOf, type Instant, type Millis } from '../core/clock.ts';
import { deriveId, type SessionId } from '../core/ids.ts';
import { isErased, type Personal } from '../events/event-schema.ts';
import type { Device, OpenSession, RegisteredAccount } from './accounts/account.ts';

/** A refresh token that was used: who comes with it again is judged by it. */
export interface SpentToken {
  readonly generation: number;
  readonly at: Millis;
  /** Of the idempotency key that it was used under. */
  readonly keyMac?: string;
}

export interface SessionEntry {
  readonly status: 'live' | 'superseded' | 'revoked' | 'signed_out';
  /** How often it was refreshed: only tokens of this generation are good. */
  readonly generation: number;
  /** Of the current access token, seconds. */
  readonly issuedAt: number;
  readonly jti: string;
  /** When the refresh token runs out. */
  readonly expiresAt: Millis;
  readonly openedAt: Instant;
  readonly refreshedAt: Millis;
  readonly device: Device;
  /** Those of the last half minute, oldest first. */
  readonly spent: readonly SpentToken[];
  /** The newer sign-in that superseded it. */
  readonly endedBy?: { readonly at: Instant; readonly device: Device };
}

/**
 * What is remembered of one account's sessions, with a TTL. While somebody's mark is on it, an event that changes it may
 * be in the log already: then the account's stream has the word.
 */
export interface SessionRecord {
  /** Of the account's stream, as far as the record follows it. */
  readonly revision: number;
  readonly marks: readonly { readonly id: string; readonly at: Millis }[];
  readonly sessions: Readonly<Record<SessionId, SessionEntry>>;
}

/** How long a repeat of a refresh under its idempotency key gets the same successor. */
export const repeatWithin: Millis = 30_000;
const rememberedSpent = 16;
const rememberedEnded = 20;

const jtiOf = (id: SessionId, generation: number): string => deriveId('access-token', id, String(generation));

const known = (device: Personal<Device>): Device =>
  isErased(device) ? { userAgent: '', address: '' } : device;

const begin = ({ id, at, device }: OpenSession, ttl: Millis): SessionEntry => ({
  status: 'live',
  generation: 0,
  issuedAt: Math.floor(millisOf(at) / 1000),
  jti: jtiOf(id, 0),
  expiresAt: millisOf(at) + ttl,
  openedAt: at,
  refreshedAt: millisOf(at),
  device: known(device),
  spent: [],
});

const ended = (entry: SessionEntry, id: SessionId, account: RegisteredAccount): SessionEntry => {
  const how = account.ended.find((one) => one.id === id);
  if (how?.by === undefined) return { ...entry, status: how?.how ?? 'revoked' };
  return {
    ...entry,
    status: how.how,
    endedBy: { at: how.by.at, device: known(how.by.device) },
  };
};

/** Live ones all, of those that ended the latest. */
const prune = (entries: readonly (readonly [string, SessionEntry])[], now: Millis) => {
  const unexpired = entries.filter(([, { expiresAt }]) => expiresAt > now);
  const over = unexpired.filter(([, { status }]) => status !== 'live').slice(0, -rememberedEnded);
  return unexpired.filter((entry) => !over.includes(entry));
};

/**
 * The record after all that the account's stream says. It revives nothing: of the open sessions it adds only those that
 * opened after what it already follows, so that a store that lost everything lets no old token in.
 */
export const follow = (
  record: SessionRecord,
  account: RegisteredAccount,
  { ttl, now }: { readonly ttl: Millis; readonly now: Millis },
): SessionRecord => {
  const open = new Set(account.sessions.map(({ id }) => id));
  const before = (Object.entries(record.sessions) as [SessionId, SessionEntry][]).map(
    ([id, entry]) =>
      [id, entry.status === 'live' && !open.has(id) ? ended(entry, id, account) : entry] as const,
  );
  const begun = account.sessions
    .filter(({ id, revision }) => revision > record.revision && record.sessions[id] === undefined)
    .map((session) => [session.id, begin(session, ttl)] as const);
  return {
    ...record,
    revision: Math.max(record.revision, account.revision),
    sessions: Object.fromEntries(prune([...before, ...begun], now)),
  };
};

/** The next generation; the one before is spent from now on. */
export const rotate = (
  id: SessionId,
  entry: SessionEntry,
  { ttl, now, keyMac }: { readonly ttl: Millis; readonly now: Millis; readonly keyMac: string | undefined },
): SessionEntry => {
  const generation = entry.generation + 1;
  const spent = { generation: entry.generation, at: now, ...(keyMac === undefined ? {} : { keyMac }) };
  return {
    ...entry,
    generation,
    issuedAt: Math.floor(now / 1000),
    jti: jtiOf(id, generation),
    expiresAt: now + ttl,
    refreshedAt: now,
    spent: [...entry.spent.filter(({ at }) => at + repeatWithin > now), spent].slice(-rememberedSpent),
  };
};

/** What a spent token led to: its successor's claims, as they were then. */
export const successorOf = (id: SessionId, { generation, at }: SpentToken) => ({
  generation: generation + 1,
  issuedAt: Math.floor(at / 1000),
  jti: jtiOf(id, generation + 1),
});
