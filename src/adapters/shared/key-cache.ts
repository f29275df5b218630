import type { Clock, Millis } from '../../core/clock.ts';
import type { SubjectKey } from '../../ports/subject-keys.ts';

/** Unwrapped keys for a short while (RELIABILITY, "Keys and erasure": 60 s at most). */
export interface KeyCache {
  get(subject: string): SubjectKey | undefined;
  put(subject: string, key: SubjectKey): void;
  drop(subject: string): void;
}

const keepFor: Millis = 60_000;
const maxKeys = 4_096;

/** All are kept equally long, so the order of insertion is the order of expiry. */
export const keyCache = (clock: Clock): KeyCache => {
  const kept = new Map<string, { readonly key: SubjectKey; readonly until: Millis }>();

  const dropOld = (): void => {
    const now = clock.now();
    for (const [subject, { until }] of kept) {
      if (now < until && kept.size <= maxKeys) return;
      kept.delete(subject);
    }
  };

  return {
    get: (subject) => {
      const found = kept.get(subject);
      if (found === undefined || clock.now() < found.until) return found?.key;
      dropOld();
      return undefined;
    },
    put: (subject, key) => {
      kept.delete(subject);
      kept.set(subject, { key, until: clock.now() + keepFor });
      dropOld();
    },
    drop: (subject) => {
      kept.delete(subject);
    },
  };
};
