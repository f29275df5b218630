import type { Answer } from './answer.ts';
import type { HttpOptions } from './http-options.ts';
import type { Idempotency } from './idempotency.ts';
import { problemAnswer, type HttpRefused } from './problem-reply.ts';
import type { HttpContext } from './request-state.ts';
import type { Services } from './services.ts';

/** What every route is answered with. */
export interface Framework {
  readonly services: Services;
  readonly options: HttpOptions;
  readonly idempotency: Idempotency;
}

/** A refusal in the language and under the id of this request. */
export const refusedAnswer = ({ path, state }: HttpContext, refused: HttpRefused): Answer =>
  problemAnswer(refused, { requestId: state.requestId, language: state.language, instance: path });
