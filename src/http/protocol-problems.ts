import { problem, problems, type Problem, type Refusal } from './problems.ts';

/** What the HTTP framework itself refuses, before or after a route's handler. */
export const protocolProblems = {
  malformed_request: problem(
    400,
    'malformed-request',
    'Malformed request',
    'Неверный запрос',
    'The request is not valid HTTP, or its address is broken.',
    'Запрос нарушает правила HTTP, или его адрес испорчен.',
  ),
  malformed_json: problem(
    400,
    'malformed-json',
    'Malformed JSON',
    'Неверный JSON',
    'The body must be one JSON value in UTF-8, at most 32 levels deep.',
    'Тело запроса должно быть одним значением JSON в UTF-8 с вложенностью не более 32.',
  ),
  invalid_parameter: problem(
    400,
    'invalid-parameter',
    'Invalid parameter',
    'Неверный параметр',
    'A path, query or header parameter is unknown, repeated or not of its form. See errors.',
    'Параметр пути, запроса или заголовка неизвестен, повторяется или имеет неверный вид. Смотрите errors.',
  ),
  not_found: problem(
    404,
    'not-found',
    'Not found',
    'Не найдено',
    'There is nothing at this address. /docs lists all that there is.',
    'По этому адресу ничего нет. Всё, что есть, перечислено в /docs.',
  ),
  method_not_allowed: problem(
    405,
    'method-not-allowed',
    'Method not allowed',
    'Метод не поддерживается',
    'This address answers only the methods in Allow.',
    'Этот адрес отвечает только на методы из Allow.',
  ),
  not_acceptable: problem(
    406,
    'not-acceptable',
    'Not acceptable',
    'Неприемлемо',
    'This address answers application/json.',
    'Этот адрес отвечает в виде application/json.',
  ),
  request_timeout: problem(
    408,
    'request-timeout',
    'Request timeout',
    'Запрос шёл слишком долго',
    'The request did not arrive in time.',
    'Запрос не пришёл вовремя.',
  ),
  request_in_progress: problem(
    409,
    'request-in-progress',
    'Request in progress',
    'Запрос ещё выполняется',
    'The first request with this Idempotency-Key still runs. Try again shortly.',
    'Первый запрос с этим Idempotency-Key ещё выполняется. Повторите немного позже.',
  ),
  body_too_large: problem(
    413,
    'body-too-large',
    'Body too large',
    'Тело запроса слишком велико',
    'The body is larger than this address accepts.',
    'Тело запроса больше, чем принимает этот адрес.',
  ),
  unsupported_media_type: problem(
    415,
    'unsupported-media-type',
    'Unsupported media type',
    'Неподдерживаемый тип данных',
    'Send the body as application/json in UTF-8, without Content-Encoding.',
    'Пришлите тело как application/json в UTF-8, без Content-Encoding.',
  ),
  expectation_failed: problem(
    417,
    'expectation-failed',
    'Expectation failed',
    'Ожидание не выполнено',
    'Only Expect: 100-continue is understood.',
    'Поддерживается только Expect: 100-continue.',
  ),
  invalid_body: problem(
    422,
    'invalid-body',
    'Invalid body',
    'Неверное тело запроса',
    'The body breaks its schema. See errors.',
    'Тело запроса не соответствует схеме. Смотрите errors.',
  ),
  headers_too_large: problem(
    431,
    'headers-too-large',
    'Headers too large',
    'Заголовки слишком велики',
    'The headers are larger than 16 KiB together.',
    'Заголовки вместе больше 16 КиБ.',
  ),
  internal_error: problem(
    500,
    'internal-error',
    'Internal error',
    'Внутренняя ошибка',
    'Something went wrong here. Tell the operator the request id.',
    'Что-то сломалось у нас. Сообщите оператору идентификатор запроса.',
  ),
  unavailable: problem(
    503,
    'unavailable',
    'Unavailable',
    'Недоступно',
    'Something this answer needs is down. Try again shortly.',
    'Недоступно то, что нужно для ответа. Повторите немного позже.',
  ),
  contention: problem(
    503,
    'contention',
    'Too much contention',
    'Слишком много одновременных изменений',
    'Too many changes of the same thing at once; nothing was done. Try again.',
    'Слишком много одновременных изменений одного и того же; ничего не сделано. Повторите.',
  ),
  no_room: problem(
    507,
    'no-room',
    'No room',
    'Нет места',
    'The disk is full: reading works, writing does not.',
    'Диск заполнен: чтение работает, запись нет.',
  ),
} as const satisfies Readonly<Record<string, Problem>>;

export type ProtocolRefusal = keyof typeof protocolProblems;

export type AnyRefusal = Refusal | ProtocolRefusal;

const all: Readonly<Record<AnyRefusal, Problem>> = { ...problems, ...protocolProblems };

export const problemOf = (refusal: AnyRefusal): Problem => all[refusal];
