import type { Clock, Millis } from '../core/clock.ts';
import type { SessionId, UserId } from '../core/ids.ts';
import { ok, refuse, type Refused, type Result } from '../core/result.ts';
import type { AccessTokens } from './access-tokens.ts';
import type { RefreshTokens } from './refresh-tokens.ts';
import type { SessionChanges } from './session-changes.ts';
import type { SessionEntry } from './session-record.ts';

/** What a client gets to keep; times to live in seconds. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresIn: number;
  readonly refreshExpiresIn: number;
}

export type OverRefusal = 'session_superseded' | 'session_revoked';

/** Whose token it is. */
export interface Holder {
  readonly userId: UserId;
  readonly sessionId: SessionId;
}

export interface LiveSessions {
  /** The session's entry when it is live. Of a superseded one the refusal tells when and from where. */
  entry(holder: Holder): Promise<Result<SessionEntry, OverRefusal | 'token_expired'>>;
  /** The tokens of one generation of a session. */
  pair(holder: Holder, entry: Pick<SessionEntry, 'generation' | 'issuedAt' | 'jti'>): TokenPair;
}

const over = ({ status, endedBy }: SessionEntry): Refused<OverRefusal> => {
  if (status !== 'superseded' || endedBy === undefined) return refuse('session_revoked');
  const { at, device } = endedBy;
  return refuse('session_superseded', { at, address: device.address, user_agent: device.userAgent });
};

export const createLiveSessions = (options: {
  readonly changes: SessionChanges;
  readonly accessTokens: AccessTokens;
  readonly refreshTokens: RefreshTokens;
  readonly clock: Clock;
  readonly refreshTtl: Millis;
}): LiveSessions => {
  const { changes, accessTokens, refreshTokens, clock, refreshTtl } = options;
  return {
    entry: async ({ userId, sessionId }) => {
      const entry = (await changes.current(userId))?.sessions[sessionId];
      if (entry === undefined) return refuse('session_revoked');
      if (entry.status !== 'live') return over(entry);
      return entry.expiresAt > clock.now() ? ok(entry) : refuse('token_expired');
    },
    pair: ({ userId, sessionId }, { generation, issuedAt, jti }) => ({
      accessToken: accessTokens.sign({ userId, sessionId, jti, issuedAt }),
      refreshToken: refreshTokens.sign({ sessionId, generation }),
      expiresIn: accessTokens.ttl,
      refreshExpiresIn: Math.floor(refreshTtl / 1000),
    }),
  };
};
