import type { ParameterizedContext } from 'koa';
import type { Answer } from './answer.ts';
import type { Language } from './problems.ts';
import type { Route } from './route.ts';

/** What the first middleware finds out about every request, and what the last one leaves to be sent. */
export interface RequestState {
  readonly requestId: string;
  readonly language: Language;
  readonly languageAsked: boolean;
  /** `''` or `/api/v1`. */
  readonly mount: string;
  /** The path below the mount, without a trailing slash. */
  readonly path: string;
  /** The matched route, for logs and metrics. */
  route: Route | undefined;
  /** What goes out; pages use Koa's own body instead. */
  answer: Answer | undefined;
}

export type HttpContext = ParameterizedContext<RequestState>;
