import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';

/** Fills in the variables of `path` that are not set yet; no file is fine. */
export const loadEnvironmentFile = (path: string): void => {
  if (existsSync(path)) loadEnvFile(path);
};
