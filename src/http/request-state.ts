import type { ParameterizedContext } from 'koa';
import type { Language } from './problems.ts';

/** What the first middleware finds out about every request. */
export interface RequestState {
  readonly requestId: string;
  readonly language: Language;
  readonly languageAsked: boolean;
  /** `''` or `/api/v1`. */
  readonly mount: string;
  /** The path below the mount, without a trailing slash. */
  readonly path: string;
  /** The matched route's name, for logs and metrics. */
  route: string | undefined;
}

export type HttpContext = ParameterizedContext<RequestState>;
