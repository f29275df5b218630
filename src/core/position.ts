import type { Brand } from './brand.ts';

/**
 * Where an event stands in the order of the whole log: strictly growing, gaps allowed, above 2^53 possible.
 * Inside it is a bigint; outside it is the string `<log id>.<n>` (ARCHITECTURE rule 15).
 */
export type Position = Brand<bigint, 'Position'>;

/** Before the first event. */
export const start = 0n as Position;

export const latest = (a: Position, b: Position): Position => (a > b ? a : b);

export const formatPosition = (logId: string, position: Position): string => `${logId}.${position}`;

/** `foreign` when the text is a position of another log, which must be refused (410), never read as ours. */
export const parsePosition = (logId: string, text: string): Position | 'malformed' | 'foreign' => {
  const match = /^([0-9a-f-]{1,64})\.(0|[1-9]\d{0,18})$/.exec(text);
  if (match === null) return 'malformed';
  return match[1] === logId ? (BigInt(match[2]!) as Position) : 'foreign';
};
