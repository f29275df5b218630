import { refuse, type Refused } from '../core/result.ts';
import type { Recorded } from '../events/codec.ts';
import type { Millis } from '../core/clock.ts';
import type { Services } from './services.ts';

/** As long as a command waits by default (SPEC 1). */
const longestWait: Millis = 2_000;

/**
 * Reads what a command has just changed. An answer needs the read model's document: events of the command laid over it
 * stand in for what is late, but not for a document that is not there at all. That is waited for, also by those who
 * asked not to (`Prefer: respond-async`), rather than saying of something that was just made that it does not exist.
 */
export const readOwn = async <T>(
  { consistency }: Pick<Services, 'consistency'>,
  written: readonly Recorded[],
  read: () => Promise<T | undefined>,
): Promise<T | undefined | Refused<'not_shown_yet'>> => {
  const found = await read();
  if (found !== undefined) return found;
  const shown = written.length === 0 ? 'pending' : await consistency.waitFor(written, longestWait);
  return (await read()) ?? (shown === 'pending' ? refuse('not_shown_yet') : undefined);
};
