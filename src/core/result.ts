/** What a decision answers: a refusal is a value, never an exception (ARCHITECTURE rule 5). */
export type Result<T, R extends string> = { readonly ok: true; readonly value: T } | Refused<R>;

/** `detail` completes the problem document with what the caller can act on (seconds left, attempts left …). */
export interface Refused<R extends string> {
  readonly ok: false;
  readonly refusal: R;
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

export const ok = <T>(value: T): { readonly ok: true; readonly value: T } => ({ ok: true, value });

export const refuse = <const R extends string>(refusal: R, detail?: Refused<R>['detail']): Refused<R> =>
  detail === undefined ? { ok: false, refusal } : { ok: false, refusal, detail };

/** Closes a `switch` over a union: a case that was forgotten does not compile. */
export const unreachable = (value: never): never => {
  throw new Error(`Unreachable case: ${JSON.stringify(value)}`);
};
