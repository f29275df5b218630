/** In the language that was negotiated; problems are English unless `Accept-Language` prefers Russian (SPEC 1). */
export type Language = 'en' | 'ru';

export interface Problem {
  readonly status: number;
  /** Last part of `type`: `/problems/<slug>`. Stable: clients switch on it. */
  readonly slug: string;
  readonly title: Readonly<Record<Language, string>>;
  /** What the caller can do about it. */
  readonly detail: Readonly<Record<Language, string>>;
}

const problem = (
  status: number,
  slug: string,
  title: string,
  titleRu: string,
  detail: string,
  detailRu: string,
): Problem => ({
  status,
  slug,
  title: { en: title, ru: titleRu },
  detail: { en: detail, ru: detailRu },
});

/**
 * The only place where a refusal of the domain meets a status number (ARCHITECTURE rule 5). Keys are the refusals that
 * decisions and handlers answer; a route that may answer one must list it, or it does not compile.
 */
export const problems = {
  idempotency_key_reused: problem(
    422,
    'idempotency-key-reused',
    'Idempotency key reused',
    'Ключ идемпотентности уже использован',
    'This Idempotency-Key was used with another request. Send a new key with a new request.',
    'Этот Idempotency-Key уже был использован с другим запросом. Для нового запроса нужен новый ключ.',
  ),
  precondition_failed: problem(
    412,
    'precondition-failed',
    'Changed meanwhile',
    'Уже изменено',
    'The resource has changed since the revision in If-Match. Read it again and repeat your change.',
    'Ресурс изменился после ревизии из If-Match. Прочитайте его заново и повторите изменение.',
  ),
} as const satisfies Readonly<Record<string, Problem>>;

export type Refusal = keyof typeof problems;
