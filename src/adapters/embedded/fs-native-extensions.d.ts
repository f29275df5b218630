declare module 'fs-native-extensions' {
  /** Takes the exclusive lock of the whole file without waiting; `false` when somebody else has it. */
  export function tryLock(descriptor: number): boolean;
  export function unlock(descriptor: number): void;
}
