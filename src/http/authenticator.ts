import type { Presence } from '../commands/presence.ts';
import type { Sessions } from '../commands/sessions.ts';
import type { Refused } from '../core/result.ts';
import type { Language } from './problems.ts';
import type { Authenticator } from './services.ts';

/** `2026-11-21T13:05:10.000Z` → `2026-11-21 13:05 UTC`. */
const readable = (at: string): string => `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;

const message: Readonly<Record<Language, (at: string, from: string) => string>> = {
  en: (at, from) =>
    `This token is outdated: there was a newer sign-in to the account at ${at}${from}. Sign in again to go on here.`,
  ru: (at, from) =>
    `Этот токен устарел: ${at} в аккаунт вошли заново${from}. Чтобы продолжить здесь, войдите снова.`,
};

const place: Readonly<Record<Language, (device: string) => string>> = {
  en: (device) => ` from ${device}`,
  ru: (device) => ` (${device})`,
};

/** A superseded session's refusal says when and from where the newer sign-in came, in the reader's language (SPEC 1). */
export const explainSuperseded = <R extends string>(refused: Refused<R>, language: Language): Refused<R> => {
  const { at, address, user_agent: userAgent } = refused.detail ?? {};
  if (refused.refusal !== 'session_superseded' || typeof at !== 'string') return refused;
  const device = [address, userAgent].filter((part) => typeof part === 'string' && part !== '').join(', ');
  const from = device === '' ? '' : place[language](device);
  return {
    ...refused,
    detail: {
      message: message[language](readable(at), from),
      superseded_at: at,
      superseded_from_address: String(address),
      superseded_from_user_agent: String(userAgent),
    },
  };
};

export const createAuthenticator = (sessions: Sessions, presence: Presence): Authenticator => ({
  authenticate: async (token, language) => {
    const found = await sessions.authenticate(token);
    if (!found.ok) return explainSuperseded(found, language);
    presence.touch(found.value.userId);
    return found;
  },
  ownerOf: (token) => sessions.ownerOf(token),
});
