import { LogUnavailable } from '../ports/event-log.ts';
import { EphemeralStoreUnavailable } from '../ports/ephemeral-store.ts';
import { ReadStoreUnavailable } from '../ports/read-store.ts';
import { PasswordHasherBusy } from '../ports/password-hasher.ts';
import { TooMuchContention } from '../commands/execute.ts';
import type { Answer } from './answer.ts';
import type { Language, Problem } from './problems.ts';
import { problemOf, type AnyRefusal } from './protocol-problems.ts';

/** A sentence in every language that we answer in. */
export type Said = Readonly<Record<Language, string>>;

/** One place in the request that is wrong. */
export interface InvalidPart {
  /** JSON pointer into the body, or `/path/…`, `/query/…`, `/header/…`. */
  readonly pointer: string;
  readonly message: Said;
}

/** A refusal as the HTTP side handles it: with the places that are wrong. */
export interface HttpRefused {
  readonly ok: false;
  readonly refusal: AnyRefusal;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
  readonly errors?: readonly InvalidPart[];
  readonly headers?: Readonly<Record<string, string>>;
}

export const refuseHttp = (
  refusal: AnyRefusal,
  more: Omit<HttpRefused, 'ok' | 'refusal'> = {},
): HttpRefused => ({ ok: false, refusal, ...more });

/** Who asked, as far as a problem document tells. */
export interface ProblemFor {
  readonly requestId: string;
  readonly language: Language;
  /** The path that was called. */
  readonly instance: string;
}

const challenge = ({ slug, title }: Problem): string =>
  slug === 'token-missing'
    ? 'Bearer realm="storyline"'
    : `Bearer realm="storyline", error="invalid_token", error_description="${title.en}"`;

/**
 * RFC 9457. Of the refusal's `detail`, `message` replaces the problem's text, `retry_after` (seconds) becomes the header,
 * and everything else is a member of the document.
 */
export const problemAnswer = (refused: HttpRefused, to: ProblemFor): Answer => {
  const problem = problemOf(refused.refusal);
  const { message, retry_after: retryAfter, ...members } = refused.detail ?? {};
  const document = {
    type: `/problems/${problem.slug}`,
    title: problem.title[to.language],
    status: problem.status,
    detail: message ?? problem.detail[to.language],
    instance: to.instance,
    request_id: to.requestId,
    ...members,
    ...(refused.errors === undefined
      ? {}
      : {
          errors: refused.errors.map(({ pointer, message: said }) => ({
            pointer,
            message: said[to.language],
          })),
        }),
  };
  return {
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json; charset=utf-8',
      'content-language': to.language,
      'cache-control': 'no-store',
      ...(problem.status === 401 ? { 'www-authenticate': challenge(problem) } : {}),
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...refused.headers,
    },
    cookies: [],
    body: JSON.stringify(document),
  };
};

/** A fault as clients may see it: what is down or full, and nothing of the inside. */
export const refusalOfFault = (fault: unknown): HttpRefused => {
  if (fault instanceof LogUnavailable)
    return fault.reason === 'no-room'
      ? refuseHttp('no_room')
      : refuseHttp('unavailable', { detail: { retry_after: 2 } });
  if (fault instanceof EphemeralStoreUnavailable || fault instanceof ReadStoreUnavailable)
    return refuseHttp('unavailable', { detail: { retry_after: 2 } });
  if (fault instanceof TooMuchContention) return refuseHttp('contention', { detail: { retry_after: 1 } });
  if (fault instanceof PasswordHasherBusy)
    return refuseHttp('passwords_busy', { detail: { retry_after: fault.retryAfter } });
  return refuseHttp('internal_error');
};
