import type { FailureKind } from '../control/protocol.ts';

/** What scripts can rely on; documented in docs/operations.md. */
export const exitCodes = {
  ok: 0,
  /** Something was checked and is not right, or was tried and did not work. */
  failed: 1,
  usage: 2,
  /** No data there, or a program holds it that does not answer. */
  unreachable: 3,
  notFound: 4,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodeOf: Readonly<Record<FailureKind, ExitCode>> = {
  failed: exitCodes.failed,
  usage: exitCodes.usage,
  'not-found': exitCodes.notFound,
};

/** Neither a running program nor the data itself can be worked with; the message says what to do. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}
