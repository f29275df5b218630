import type { Authenticator } from './services.ts';
import { refuseHttp, type HttpRefused } from './problem-reply.ts';
import type { Language } from './problems.ts';
import type { Caller, Who } from './route.ts';

type Authenticated = { readonly ok: true; readonly caller: Caller | undefined } | HttpRefused;

const nobody: Authenticated = { ok: true, caller: undefined };

/** The token of an `Authorization` header (RFC 6750). */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  /^Bearer +([\x21-\x7e]+) *$/i.exec(authorization ?? '')?.[1];

/** Who calls. A bad token is 401 wherever a token counts, also where none is needed. */
export const authenticateRequest = async (
  authenticator: Authenticator,
  who: Who,
  authorization: string | undefined,
  language: Language,
): Promise<Authenticated> => {
  if (who === 'anyone') return nobody;
  if (authorization === undefined) return who === 'optional' ? nobody : refuseHttp('token_missing');
  const token = bearerToken(authorization);
  if (token === undefined) return refuseHttp('token_invalid');
  const result = await authenticator.authenticate(token, language);
  return result.ok ? { ok: true, caller: result.value } : result;
};
