import { Type } from '@sinclair/typebox';

const usernamePattern = '[A-Za-z0-9._-]{3,30}';
const emailPart = (most: number) => `[^\\s@<>()\\[\\],;:"\\\\\\x00-\\x1f\\x7f]{1,${most}}`;
const emailPattern = `${emailPart(64)}@${emailPart(189)}`;

export const usernameField = () =>
  Type.String({
    minLength: 3,
    maxLength: 30,
    pattern: `^${usernamePattern}$`,
    description: 'Unique in any case',
  });

export const emailField = () =>
  Type.String({
    minLength: 3,
    maxLength: 254,
    pattern: `^${emailPattern}$`,
    description: 'Unique in any case',
  });

/** A new password; it counts verbatim. */
export const newPasswordField = () => Type.String({ minLength: 8, maxLength: 128 });

/** A password that is only compared: what could not be one is as wrong as any other. */
export const passwordField = () => Type.String({ minLength: 1, maxLength: 1024 });

/** What is typed to sign in. */
export const loginField = () =>
  Type.String({ minLength: 1, maxLength: 254, description: 'With @ an e-mail, else a username' });

export const RegisterSchema = Type.Object(
  {
    username: Type.Optional(usernameField()),
    email: Type.Optional(emailField()),
    password: newPasswordField(),
  },
  {
    $id: 'RegisterSchema',
    additionalProperties: false,
    minProperties: 2,
    description: 'The username or the e-mail may be missing, not both.',
    examples: [{ username: 'ann', email: 'ann@example.org', password: 'correct horse battery' }],
  },
);

export const RegisterByLoginSchema = Type.Object(
  {
    login: Type.String({
      minLength: 3,
      maxLength: 254,
      pattern: `^(?:${usernamePattern}|${emailPattern})$`,
      description: 'With @ an e-mail, else a username',
    }),
    password: newPasswordField(),
  },
  {
    $id: 'RegisterByLoginSchema',
    additionalProperties: false,
    examples: [{ login: 'ann', password: 'correct horse battery' }],
  },
);

export const LoginSchema = Type.Object(
  {
    login: Type.Optional(loginField()),
    username: Type.Optional(loginField()),
    email: Type.Optional(loginField()),
    password: passwordField(),
  },
  {
    $id: 'LoginSchema',
    additionalProperties: false,
    minProperties: 2,
    maxProperties: 2,
    description: 'One of login, username and email, with the password.',
    examples: [{ login: 'ann', password: 'correct horse battery' }],
  },
);

export const TokenPairSchema = Type.Object(
  {
    access_token: Type.String({ description: 'JWT, for the Authorization header' }),
    refresh_token: Type.String({ description: 'Opaque, good for one refresh' }),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Seconds' }),
    refresh_expires_in: Type.Integer({ description: 'Seconds' }),
  },
  { $id: 'TokenPairSchema', additionalProperties: false },
);

export const RefreshSchema = Type.Object(
  { refresh_token: Type.Optional(Type.String({ maxLength: 256 })) },
  {
    $id: 'RefreshSchema',
    additionalProperties: false,
    description: 'Without the token, or without a body, the cookie counts.',
  },
);

export const ChangeProfileSchema = Type.Object(
  {
    username: Type.Optional(usernameField()),
    email: Type.Optional(emailField()),
    bio: Type.Optional(Type.Union([Type.String({ maxLength: 1000 }), Type.Null()])),
    password: Type.Optional(passwordField()),
  },
  {
    $id: 'ChangeProfileSchema',
    additionalProperties: false,
    description: 'What is absent stays. A new e-mail needs the password.',
  },
);

const codeField = () =>
  Type.String({ minLength: 4, maxLength: 4, description: 'As it was mailed; case does not count' });

export const ChangePasswordSchema = Type.Union(
  [
    Type.Object(
      { old_password: passwordField(), new_password: newPasswordField() },
      { additionalProperties: false },
    ),
    Type.Object(
      { login: loginField(), code: codeField(), new_password: newPasswordField() },
      { additionalProperties: false },
    ),
  ],
  {
    $id: 'ChangePasswordSchema',
    description: 'With an access token and the old password, or ("forgotten") with a one-time code.',
  },
);

export const RequestCodeSchema = Type.Object(
  { login: loginField() },
  { $id: 'RequestCodeSchema', additionalProperties: false },
);

export const VerifyCodeSchema = Type.Object(
  { login: loginField(), code: codeField() },
  { $id: 'VerifyCodeSchema', additionalProperties: false },
);

export const SessionPathSchema = Type.Object(
  { session_id: Type.String({ format: 'uuid' }) },
  { $id: 'SessionPathSchema', additionalProperties: false },
);

export const SessionSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    current: Type.Boolean({ description: 'The session that asks' }),
    user_agent: Type.String(),
    address: Type.String(),
    created_at: Type.String({ format: 'date-time' }),
    refreshed_at: Type.String({ format: 'date-time' }),
    expires_at: Type.String({ format: 'date-time' }),
  },
  { $id: 'SessionSchema', additionalProperties: false },
);

export const SessionListSchema = Type.Object(
  { items: Type.Array(SessionSchema), next_cursor: Type.Null() },
  { $id: 'SessionListSchema', additionalProperties: false },
);
