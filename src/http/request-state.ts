import type { ParameterizedContext } from 'koa';
import type { Language } from './problems.ts';
import type { Route } from './route.ts';

/** What the first middleware finds out about every request. */
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
}

export type HttpContext = ParameterizedContext<RequestState>;
