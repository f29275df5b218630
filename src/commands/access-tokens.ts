import type { KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import type { Clock } from '../core/clock.ts';
import { parseId, type SessionId, type UserId } from '../core/ids.ts';
import { ok, refuse, type Result } from '../core/result.ts';

/** What an access token says. */
export interface AccessClaims {
  readonly userId: UserId;
  readonly sessionId: SessionId;
  /** Names one generation of one session: a refresh leaves the token behind. */
  readonly jti: string;
  /** Seconds since the Unix epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export interface AccessTokens {
  /** The same claims make the same token, so that a repeat is computed again and no token is stored. */
  sign(claims: Omit<AccessClaims, 'expiresAt'>): string;
  verify(token: string): Result<AccessClaims, 'token_invalid' | 'token_expired'>;
  /** Seconds. */
  readonly ttl: number;
}

const issuer = 'storyline';
const audience = 'storyline-api';
const algorithm = 'HS256';
const leastKeyBytes = 32;
const longestToken = 2048;
const remembered = 10_000;

type Header = Readonly<Record<string, unknown>>;

const parseJson = (text: string): Header | undefined => {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return typeof value === 'object' && value !== null ? (value as Header) : undefined;
  } catch {
    return undefined;
  }
};

const parseClaims = (payload: unknown): AccessClaims | undefined => {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { sub, sid, jti, iat, exp } = payload as Header;
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof jti !== 'string') return undefined;
  if (typeof iat !== 'number' || typeof exp !== 'number') return undefined;
  const userId = parseId<UserId>(sub);
  const sessionId = parseId<SessionId>(sid);
  if (userId === undefined || sessionId === undefined) return undefined;
  return { userId, sessionId, jti, issuedAt: iat, expiresAt: exp };
};

/**
 * JWT (RFC 7519) signed by HMAC. jsonwebtoken takes a missing `exp`, any `typ` and a key of one byte: all of these are
 * checked here. @throws Error at start for a key that is too short.
 */
export const createAccessTokens = (options: {
  /** The first one signs, all verify: a new key is put in front, the old one goes when its last token has expired. */
  readonly keys: readonly { readonly id: string; readonly key: KeyObject }[];
  /** Seconds. */
  readonly ttl: number;
  readonly clock: Clock;
}): AccessTokens => {
  const { keys, ttl, clock } = options;
  const signing = keys[0];
  if (signing === undefined) throw new Error('JWT_KEYS holds no key.');
  for (const { id, key } of keys) {
    if ((key.symmetricKeySize ?? 0) < leastKeyBytes)
      throw new Error(`JWT key ${id} is shorter than ${leastKeyBytes} bytes.`);
  }
  const byId = new Map(keys.map(({ id, key }) => [id, key]));
  /** Tokens whose signature was found good; whether they have expired is asked every time. */
  const known = new Map<string, AccessClaims>();

  const check = (token: string): AccessClaims | undefined => {
    if (token.length > longestToken) return undefined;
    const header = parseJson(token.slice(0, Math.max(0, token.indexOf('.'))));
    const key = typeof header?.['kid'] === 'string' ? byId.get(header['kid']) : undefined;
    if (header === undefined || key === undefined) return undefined;
    if (header['typ'] !== 'JWT' || header['alg'] !== algorithm || 'crit' in header) return undefined;
    try {
      const payload = jwt.verify(token, key, {
        algorithms: [algorithm],
        issuer,
        audience,
        ignoreExpiration: true,
        clockTimestamp: clock.now() / 1000,
      });
      return parseClaims(payload);
    } catch {
      return undefined;
    }
  };

  const remember = (token: string, claims: AccessClaims): void => {
    known.set(token, claims);
    if (known.size > remembered) known.delete(known.keys().next().value!);
  };

  return {
    ttl,
    sign: ({ userId, sessionId, jti, issuedAt }) =>
      jwt.sign(
        {
          iss: issuer,
          aud: audience,
          sub: userId,
          sid: sessionId,
          jti,
          iat: issuedAt,
          exp: issuedAt + ttl,
        },
        signing.key,
        { algorithm, keyid: signing.id },
      ),
    verify: (token) => {
      const seen = known.get(token);
      const claims = seen ?? check(token);
      if (claims === undefined) return refuse('token_invalid');
      if (claims.expiresAt * 1000 <= clock.now()) {
        known.delete(token);
        return refuse('token_expired');
      }
      if (seen === undefined) remember(token, claims);
      return ok(claims);
    },
  };
};
