import type { Instant } from '../../../src/core/clock.ts';
import type { SessionId, UserId } from '../../../src/core/ids.ts';
import type { AccountEvent } from '../../../src/events/account.ts';

export const anna = '01890000-0000-7000-8000-00000000000a' as UserId;
export const at = '2026-11-21T12:00:00.000Z' as Instant;
export const device = { userAgent: 'Phone', address: '192.0.2.1' };

export const sessionId = (number: number) =>
  `01890000-0000-7000-8000-${String(number).padStart(12, '0')}` as SessionId;

export const nameKey = (letter: string): string => letter.repeat(64);
export const claimId = (number: number): string =>
  `01890000-0000-7000-9000-${String(number).padStart(12, '0')}`;

export const usernameKey = nameKey('a');
export const emailKey = nameKey('b');
export const passwordHash = 'hash-1';

export const registered: AccountEvent = {
  type: 'AccountRegistered',
  v: 1,
  userId: anna,
  username: 'Anna',
  usernameKey,
  usernameClaim: claimId(1),
  email: 'anna@example.org',
  emailKey,
  emailClaim: claimId(2),
  login: 'username',
  passwordHash,
  at,
};

export const signedIn = (number: number, ...supersedes: readonly SessionId[]): AccountEvent => ({
  type: 'SignedIn',
  v: 1,
  userId: anna,
  sessionId: sessionId(number),
  how: 'password',
  supersedes: [...supersedes],
  device,
  at,
});

export const disabled = (...ends: readonly SessionId[]): AccountEvent => ({
  type: 'AccountDisabled',
  v: 1,
  userId: anna,
  ends: [...ends],
  at,
});

export const abandoned: AccountEvent = { type: 'RegistrationAbandoned', v: 1, userId: anna, at };
