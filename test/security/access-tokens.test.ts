import { createHmac, createSecretKey, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import jwt from 'jsonwebtoken';
import { createAccessTokens } from '../../src/commands/access-tokens.ts';
import type { Clock } from '../../src/core/clock.ts';
import { deriveId, type SessionId, type UserId } from '../../src/core/ids.ts';

const keyOf = (byte: number, length = 32) => createSecretKey(Buffer.alloc(length, byte));
const now = 1_795_000_000_000;
const seconds = now / 1000;

describe('Access tokens', () => {
  let ahead = 0;
  const clock: Clock = { now: () => now + ahead, sleep: async () => undefined };
  const key = { id: 'k1', key: keyOf(1) };
  const tokens = createAccessTokens({ keys: [key], ttl: 900, clock });
  const claims = {
    userId: deriveId<UserId>('anna'),
    sessionId: deriveId<SessionId>('session'),
    jti: deriveId('jti'),
    issuedAt: seconds,
  };
  const payload = {
    iss: 'storyline',
    aud: 'storyline-api',
    sub: claims.userId,
    sid: claims.sessionId,
    jti: claims.jti,
    iat: seconds,
    exp: seconds + 900,
  };
  const header = { alg: 'HS256', typ: 'JWT', kid: 'k1' };

  beforeEach(() => {
    ahead = 0;
  });

  const encode = (part: unknown) => Buffer.from(JSON.stringify(part)).toString('base64url');
  /** Signed rightly, whatever it says. */
  const craft = (changes: object, headerChanges: object = {}, by = key.key): string => {
    const text = `${encode({ ...header, ...headerChanges })}.${encode({ ...payload, ...changes })}`;
    return `${text}.${createHmac('sha256', by).update(text).digest('base64url')}`;
  };

  it('are the same for the same claims, and say them again', () => {
    const token = tokens.sign(claims);
    expect(tokens.sign(claims)).to.equal(token);
    expect(tokens.verify(token)).to.deep.equal({ ok: true, value: { ...claims, expiresAt: seconds + 900 } });
    expect(tokens.verify(craft({})).ok).to.equal(true);
  });

  it('expire to the second, also those that were seen before', () => {
    const token = tokens.sign(claims);
    ahead = 899_999;
    expect(tokens.verify(token).ok).to.equal(true);
    ahead = 900_000;
    expect(tokens.verify(token)).to.include({ refusal: 'token_expired' });
    expect(tokens.verify(craft({ nonce: 1 }))).to.include({ refusal: 'token_expired' });
  });

  const bad: readonly (readonly [what: string, token: string])[] = [
    ['nothing', ''],
    ['no token at all', 'abc'],
    ['three dots', '...'],
    ['no signature', craft({}).replace(/[^.]*$/, '')],
    ['alg none', `${encode({ ...header, alg: 'none' })}.${encode(payload)}.`],
    ['alg none in other letters', `${encode({ ...header, alg: 'nOnE' })}.${encode(payload)}.`],
    ['another algorithm in the header', craft({}, { alg: 'HS512' })],
    ['no algorithm', craft({}, { alg: undefined })],
    ['an unknown kid', craft({}, { kid: 'k2' })],
    ['no kid', craft({}, { kid: undefined })],
    ['a kid like a property of every object', craft({}, { kid: 'constructor' })],
    ['a kid that is no text', craft({}, { kid: ['k1'] })],
    ['another typ', craft({}, { typ: 'at+jwt' })],
    ['no typ', craft({}, { typ: undefined })],
    ['a critical extension', craft({}, { crit: ['exp'] })],
    ['no exp', craft({ exp: undefined })],
    ['an exp that is a text', craft({ exp: '9999999999' })],
    ['no iat', craft({ iat: undefined })],
    ['no sub', craft({ sub: undefined })],
    ['a sub that is no id', craft({ sub: 'anna' })],
    ['no sid', craft({ sid: undefined })],
    ['no jti', craft({ jti: undefined })],
    ['another issuer', craft({ iss: 'somebody' })],
    ['no issuer', craft({ iss: undefined })],
    ['another audience', craft({ aud: 'others' })],
    ['a nbf to come', craft({ nbf: seconds + 60 })],
    ['another key', craft({}, {}, keyOf(2))],
    ['a header that is no object', `${encode('x')}.${encode(payload)}.x`],
    ['100 KB', craft({ padding: 'x'.repeat(100_000) })],
    ['text around it', ` ${craft({})}`],
  ];
  for (const [what, token] of bad) {
    it(`with ${what} are invalid`, () => {
      expect(tokens.verify(token)).to.deep.equal({ ok: false, refusal: 'token_invalid' });
    });
  }

  it('signed by RSA with our key as public text are invalid', () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const token = jwt.sign(payload, privateKey, { algorithm: 'RS256', keyid: 'k1' });
    expect(tokens.verify(token)).to.include({ refusal: 'token_invalid' });
  });

  it('changed in any one character of payload or signature are invalid', () => {
    const token = tokens.sign(claims);
    for (let at = token.indexOf('.') + 1; at < token.length - 1; at += 7) {
      if (token[at] === '.') continue;
      const other = token[at] === 'A' ? 'B' : 'A';
      const changed = token.slice(0, at) + other + token.slice(at + 1);
      expect(tokens.verify(changed), `character ${at}`).to.include({ refusal: 'token_invalid' });
    }
  });

  it('outlive a change of keys as long as the old one verifies', () => {
    const old = tokens.sign(claims);
    const fresh = { id: 'k2', key: keyOf(2) };
    const rotated = createAccessTokens({ keys: [fresh, key], ttl: 900, clock });
    expect(rotated.verify(old).ok).to.equal(true);
    expect(tokens.verify(rotated.sign(claims))).to.include({ refusal: 'token_invalid' });
    const later = createAccessTokens({ keys: [fresh], ttl: 900, clock });
    expect(later.verify(old)).to.include({ refusal: 'token_invalid' });
    expect(later.verify(rotated.sign(claims)).ok).to.equal(true);
  });

  it('are not made with a key of less than 32 bytes, or none', () => {
    const short = { id: 'k1', key: keyOf(1, 31) };
    expect(() => createAccessTokens({ keys: [short], ttl: 900, clock })).to.throw(/shorter than 32 bytes/);
    expect(() => createAccessTokens({ keys: [], ttl: 900, clock })).to.throw(/no key/);
  });
});
