import { Type } from '@sinclair/typebox';
import type { SessionId, UserId } from '../core/ids.ts';
import { defineEvent, IdField, InstantField, Nullable, PersonalField, type EventOf } from './event-schema.ts';

/** HMAC of a normalised name under `NAME_KEY`, hex: tells names apart without holding them. */
const NameKeyField = () => Type.String({ pattern: '^[0-9a-f]{64}$' });

/** Which claim on a name the event rests on; each is good for one event (docs/decisions/0006-unique-names.md). */
const ClaimField = () => Type.String({ format: 'uuid' });

/** From where a session was opened, as the request said; for the person's own eyes. */
const DeviceField = () =>
  PersonalField(
    Type.Object(
      { userAgent: Type.String({ maxLength: 512 }), address: Type.String({ maxLength: 64 }) },
      { additionalProperties: false },
    ),
  );

export const accountRegistered = defineEvent(
  'AccountRegistered',
  1,
  {
    userId: IdField<UserId>(),
    username: PersonalField(Type.String()),
    usernameKey: NameKeyField(),
    usernameClaim: ClaimField(),
    email: PersonalField(Nullable(Type.String())),
    emailKey: Nullable(NameKeyField()),
    emailClaim: Nullable(ClaimField()),
    /** Under which of the two the person registered. */
    login: Type.Union([Type.Literal('username'), Type.Literal('email')]),
    passwordHash: PersonalField(Type.String()),
    at: InstantField(),
  },
  'userId',
);

/** Fences a registrar that claimed names and never came back: its `AccountRegistered` can no longer be appended. */
export const registrationAbandoned = defineEvent('RegistrationAbandoned', 1, {
  userId: IdField<UserId>(),
  at: InstantField(),
});

/** Fences a slow change of name: the claim it rests on can no longer be used. */
export const nameClaimAbandoned = defineEvent('NameClaimAbandoned', 1, {
  userId: IdField<UserId>(),
  claim: ClaimField(),
  at: InstantField(),
});

export const usernameChanged = defineEvent(
  'UsernameChanged',
  1,
  {
    userId: IdField<UserId>(),
    username: PersonalField(Type.String()),
    usernameKey: NameKeyField(),
    usernameClaim: ClaimField(),
    at: InstantField(),
  },
  'userId',
);

export const emailChanged = defineEvent(
  'EmailChanged',
  1,
  {
    userId: IdField<UserId>(),
    email: PersonalField(Type.String()),
    emailKey: NameKeyField(),
    emailClaim: ClaimField(),
    at: InstantField(),
  },
  'userId',
);

/** A one-time code that went to this address was shown: the address is the person's. */
export const emailVerified = defineEvent('EmailVerified', 1, {
  userId: IdField<UserId>(),
  emailKey: NameKeyField(),
  at: InstantField(),
});

export const bioChanged = defineEvent(
  'BioChanged',
  1,
  { userId: IdField<UserId>(), bio: PersonalField(Nullable(Type.String())), at: InstantField() },
  'userId',
);

/** Ends the session of every device. */
export const passwordChanged = defineEvent(
  'PasswordChanged',
  1,
  {
    userId: IdField<UserId>(),
    ends: Type.Array(IdField<SessionId>()),
    passwordHash: PersonalField(Type.String()),
    how: Type.Union([Type.Literal('old_password'), Type.Literal('code')]),
    at: InstantField(),
  },
  'userId',
);

/** A session began; those in `supersedes` end with it. */
export const signedIn = defineEvent(
  'SignedIn',
  1,
  {
    userId: IdField<UserId>(),
    sessionId: IdField<SessionId>(),
    how: Type.Union([Type.Literal('password'), Type.Literal('code')]),
    supersedes: Type.Array(IdField<SessionId>()),
    device: DeviceField(),
    at: InstantField(),
  },
  'userId',
);

export const signedOut = defineEvent('SignedOut', 1, {
  userId: IdField<UserId>(),
  sessionId: IdField<SessionId>(),
  at: InstantField(),
});

/** `reuse`: a refresh token came back long after it was spent, so somebody has a copy. */
export const sessionRevoked = defineEvent('SessionRevoked', 1, {
  userId: IdField<UserId>(),
  sessionId: IdField<SessionId>(),
  why: Type.Union([Type.Literal('owner'), Type.Literal('reuse')]),
  at: InstantField(),
});

/** By an operator; ends all sessions, and log-in is refused. */
export const accountDisabled = defineEvent('AccountDisabled', 1, {
  userId: IdField<UserId>(),
  ends: Type.Array(IdField<SessionId>()),
  at: InstantField(),
});

export const accountEnabled = defineEvent('AccountEnabled', 1, {
  userId: IdField<UserId>(),
  at: InstantField(),
});

export const accountEvents = [
  accountRegistered,
  registrationAbandoned,
  nameClaimAbandoned,
  usernameChanged,
  emailChanged,
  emailVerified,
  bioChanged,
  passwordChanged,
  signedIn,
  signedOut,
  sessionRevoked,
  accountDisabled,
  accountEnabled,
] as const;

/** Everything that can happen to one account. Stream: `account-<userId>`. */
export type AccountEvent = EventOf<(typeof accountEvents)[number]>;
