import type { Brand } from '../core/brand.ts';
import { defineEvent, IdField, InstantField, type EventOf } from './event-schema.ts';

/** Names one log for ever; positions, cursors and checkpoints of another log are refused by it (ARCHITECTURE rule 15). */
export type LogId = Brand<string, 'LogId'>;

const LogStarted = defineEvent('LogStarted', 1, { logId: IdField<LogId>(), at: InstantField() });

/** Everything that can happen to the log itself. Stream: `log-self`; its first event is the first of the whole log. */
export type LogEvent = EventOf<typeof LogStarted>;

export const logEventSchemas = [LogStarted] as const;
