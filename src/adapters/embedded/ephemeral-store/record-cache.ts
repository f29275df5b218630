import type { Record } from './record.ts';

/** Records that were asked for or written lately. Two generations: when the young one is full, the old one is let go. */
export interface RecordCache {
  get(key: string): Record | undefined;
  put(key: string, record: Record): void;
  forget(key: string): void;
}

/** Strings of V8 take a byte a character here, the record and its entry about 200. */
const approximateBytes = (key: string, { value, version }: Record): number =>
  key.length + value.length + version.length + 200;

export const recordCache = (budget: number): RecordCache => {
  let young = new Map<string, Record>();
  let old = new Map<string, Record>();
  let youngBytes = 0;

  const put = (key: string, record: Record): void => {
    young.set(key, record);
    youngBytes += approximateBytes(key, record);
    if (youngBytes < budget / 2) return;
    old = young;
    young = new Map();
    youngBytes = 0;
  };

  return {
    get: (key) => {
      const found = young.get(key);
      if (found !== undefined) return found;
      const aged = old.get(key);
      if (aged !== undefined) put(key, aged);
      return aged;
    },
    put,
    forget: (key) => {
      young.delete(key);
      old.delete(key);
    },
  };
};
