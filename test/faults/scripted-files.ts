import { nodeFiles, type LogFile, type LogFiles } from '../../src/adapters/embedded/event-log/log-files.ts';

/** What befalls the files of a log; by default nothing. */
export interface Script {
  /** Answers how many bytes are really written before it fails, or `undefined` to write all. */
  write?: (
    bytes: Uint8Array,
    path: string,
  ) => { readonly written: number; readonly code: string } | undefined;
  /** Runs in place of the sync's first half: may wait, may throw. */
  sync?: (path: string) => Promise<void>;
  truncate?: (path: string) => void;
  /** Runs before each write to the index of streams; may throw. */
  index?: () => void;
}

export const fault = (code: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`${code}: scripted`), { code });

const scriptedFile = (file: LogFile, path: string, script: Script): LogFile => ({
  ...file,
  write: async (bytes, offset) => {
    const failure = script.write?.(bytes, path);
    await file.write(failure === undefined ? bytes : bytes.subarray(0, failure.written), offset);
    if (failure !== undefined) throw fault(failure.code);
  },
  sync: async () => {
    await script.sync?.(path);
    await file.sync();
  },
  truncate: async (size) => {
    script.truncate?.(path);
    await file.truncate(size);
  },
});

const scriptedIndex = (file: LogFile, script: Script): LogFile => ({
  ...file,
  writeNow: (bytes, offset) => {
    script.index?.();
    file.writeNow(bytes, offset);
  },
});

/** The real files, but for what `script` says; it can be changed while the log is open. */
export const scriptedFiles = (script: Script): LogFiles => ({
  ...nodeFiles,
  open: (path, how) => {
    const file = nodeFiles.open(path, how);
    return path.endsWith('.seg') ? scriptedFile(file, path, script) : scriptedIndex(file, script);
  },
});
