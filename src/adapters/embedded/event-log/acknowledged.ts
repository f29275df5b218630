import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';
import type { LogFiles } from './log-files.ts';

const fileName = 'acknowledged';

/**
 * How far the log had come when it was last opened or closed. A log that ends before has lost acknowledged events, which
 * it must say; without this, an end that is missing cannot be told from one that never was.
 */
export const readAcknowledged = (files: LogFiles, directory: string): number => {
  const [position, checksum] = (files.readText(join(directory, fileName)) ?? '').trim().split(' ');
  return position !== undefined && checksum === String(crc32c(position)) ? Number(position) : 0;
};

export const writeAcknowledged = async (
  files: LogFiles,
  directory: string,
  position: number,
): Promise<void> => {
  const path = join(directory, fileName);
  files.remove(`${path}.new`);
  const file = files.open(`${path}.new`, 'create');
  try {
    await file.write(Buffer.from(`${position} ${crc32c(String(position))}\n`), 0);
    await file.sync();
  } finally {
    file.close();
  }
  files.rename(`${path}.new`, path);
  files.syncDirectory(directory);
};
