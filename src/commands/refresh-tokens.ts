import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import { parseId, type SessionId } from '../core/ids.ts';

/** A session and how often it was refreshed before. */
export interface RefreshClaims {
  readonly sessionId: SessionId;
  readonly generation: number;
}

/** `sid.generation.HMAC`: follows from the session alone, so that none is ever stored. */
export interface RefreshTokens {
  sign(claims: RefreshClaims): string;
  /** `undefined` for anything that we did not make. */
  verify(token: string): RefreshClaims | undefined;
  /** Ties an idempotency key to the use of one token, without keeping either. */
  macOfKey(claims: RefreshClaims, idempotencyKey: string): string;
}

export const createRefreshTokens = (key: KeyObject): RefreshTokens => {
  const mac = (purpose: string, text: string): Buffer =>
    createHmac('sha256', key).update(`${purpose}\u0000${text}`).digest();
  const plain = ({ sessionId, generation }: RefreshClaims) => `${sessionId}.${generation}`;
  return {
    sign: (claims) => `${plain(claims)}.${mac('refresh', plain(claims)).toString('base64url')}`,
    verify: (token) => {
      const match = /^([0-9a-f-]{36})\.(0|[1-9]\d{0,8})\.([\w-]{43})$/.exec(token);
      const sessionId = match === null ? undefined : parseId<SessionId>(match[1]!);
      if (match === null || sessionId === undefined) return undefined;
      const claims = { sessionId, generation: Number(match[2]) };
      // Compared as text: base64 would take several spellings of the same bytes.
      const given = Buffer.from(match[3]!);
      const ours = Buffer.from(mac('refresh', plain(claims)).toString('base64url'));
      return given.length === ours.length && timingSafeEqual(given, ours) ? claims : undefined;
    },
    macOfKey: (claims, idempotencyKey) =>
      mac('idempotency', `${plain(claims)}\u0000${idempotencyKey}`).toString('base64url'),
  };
};
