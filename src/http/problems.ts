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

export const problem = (
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
  token_missing: problem(
    401,
    'token-missing',
    'Token missing',
    'Нет токена',
    'Send an access token: Authorization: Bearer <token>.',
    'Пришлите токен доступа: Authorization: Bearer <token>.',
  ),
  token_invalid: problem(
    401,
    'token-invalid',
    'Token invalid',
    'Токен недействителен',
    'This token is not one of ours. Sign in again.',
    'Такого токена мы не выдавали. Войдите снова.',
  ),
  token_expired: problem(
    401,
    'token-expired',
    'Token expired',
    'Срок действия токена истёк',
    'The token has expired. Use the refresh token to get a new pair.',
    'Срок действия токена истёк. Получите новую пару по refresh-токену.',
  ),
  token_rotated: problem(
    401,
    'token-rotated',
    'Token rotated',
    'Токен заменён',
    'The session was refreshed, so this token is dead. Use the newer pair.',
    'Сессия была обновлена, и этот токен больше не действует. Используйте новую пару.',
  ),
  session_superseded: problem(
    401,
    'session-superseded',
    'Session superseded',
    'Токен устарел',
    'This token is outdated: there was a newer sign-in to the account.',
    'Этот токен устарел: в аккаунт вошли заново.',
  ),
  session_revoked: problem(
    401,
    'session-revoked',
    'Session revoked',
    'Сессия завершена',
    'The session has ended. Sign in again.',
    'Сессия завершена. Войдите снова.',
  ),
  refresh_raced: problem(
    401,
    'refresh-raced',
    'Refresh raced',
    'Токен только что обновлён',
    'Another request has just used this refresh token. Use the pair that it got.',
    'Этот refresh-токен только что использовал другой запрос. Используйте полученную им пару.',
  ),
  cross_site: problem(
    403,
    'cross-site',
    'Cross-site request',
    'Запрос с чужого сайта',
    'A request with a cookie must come from an allowed origin.',
    'Запрос с cookie должен приходить с разрешённого источника.',
  ),
  rate_limited: problem(
    429,
    'rate-limited',
    'Too many requests',
    'Слишком много запросов',
    'Wait for the seconds in Retry-After, then try again.',
    'Подождите столько секунд, сколько указано в Retry-After, и повторите.',
  ),
  cursor_malformed: problem(
    400,
    'cursor-malformed',
    'Cursor malformed',
    'Неверный курсор',
    'The cursor does not belong to this list. Begin again without one.',
    'Курсор не относится к этому списку. Начните без него.',
  ),
  cursor_of_another_log: problem(
    410,
    'cursor-gone',
    'Cursor of another log',
    'Курсор другого журнала',
    'The cursor or position was made by another installation. Begin again without it.',
    'Курсор или позиция получены от другой установки. Начните без них.',
  ),
  id_taken: problem(
    409,
    'id-taken',
    'Id taken',
    'Идентификатор занят',
    'Something with this id is there already. Send the request again.',
    'Такой идентификатор уже занят. Повторите запрос.',
  ),
  post_not_found: problem(
    404,
    'post-not-found',
    'No such post',
    'Нет такой записи',
    'There is no such post, or it cannot be seen.',
    'Такой записи нет, или она не видна.',
  ),
  comment_not_found: problem(
    404,
    'comment-not-found',
    'No such comment',
    'Нет такого комментария',
    'There is no such comment, or it cannot be seen.',
    'Такого комментария нет, или он не виден.',
  ),
  parent_comment_unknown: problem(
    422,
    'parent-comment-unknown',
    'No such comment to answer',
    'Нет комментария, на который дан ответ',
    'parent_id must name a comment of the same post that is not deleted.',
    'parent_id должен указывать на неудалённый комментарий той же записи.',
  ),
  not_the_author: problem(
    403,
    'not-the-author',
    'Not yours',
    'Это не ваше',
    'Only the author may do this.',
    'Это может сделать только автор.',
  ),
  post_needs_content: problem(
    422,
    'post-needs-content',
    'Nothing to post',
    'Пустая запись',
    'A post needs content.',
    'Записи нужен текст (content).',
  ),
  text_too_large: problem(
    422,
    'text-too-large',
    'Text too large',
    'Слишком большой текст',
    'All texts of a post together may take 380,000 bytes of UTF-8. Shorten them.',
    'Все тексты записи вместе могут занимать не более 380 000 байт в UTF-8. Сократите их.',
  ),
  tagged_user_unknown: problem(
    422,
    'tagged-user-unknown',
    'No such tagged user',
    'Нет отмеченного пользователя',
    'Every id in tagged_users must be a user. The first that is none is in user_id.',
    'Каждый id в tagged_users должен быть пользователем. Первый неизвестный указан в user_id.',
  ),
  not_deleted: problem(
    409,
    'not-deleted',
    'Not deleted',
    'Не удалено',
    'It is not deleted, so there is nothing to restore.',
    'Это не удалено, восстанавливать нечего.',
  ),
  restore_too_late: problem(
    410,
    'restore-too-late',
    'Too late to restore',
    'Восстановить уже нельзя',
    'The time in which this could be restored is over.',
    'Время, когда это можно было восстановить, истекло.',
  ),
} as const satisfies Readonly<Record<string, Problem>>;

export type Refusal = keyof typeof problems;
