/** An answer on its way out, before anything is written to the socket; kept ones are these (idempotency). */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly cookies: readonly string[];
  readonly body: string | undefined;
}
