import type { Static, TObject } from '@sinclair/typebox';
import type { Engines } from './engines.ts';
import type { Advance } from './protocol.ts';

/** What an operation tells while it works. Both wait for a slow reader. */
export interface Watch<Item> {
  readonly progress: (advance: Advance) => Promise<void>;
  readonly item: (item: Item) => Promise<void>;
  /** Aborts when nobody wants the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * Something that an operator may ask for. It runs where the engines are: in the running program (asked over the control
 * socket) or, when none runs, in the command line itself.
 */
export interface Operation<Params extends TObject = TObject, Item = unknown, Result = unknown> {
  readonly params: Params;
  /** @throws OperationFailed with a message for the operator. */
  readonly run: (engines: Engines, params: Static<Params>, watch: Watch<Item>) => Promise<Result>;
}

export const defineOperation = <Params extends TObject, Item, Result>(
  operation: Operation<Params, Item, Result>,
): Operation<Params, Item, Result> => operation;
