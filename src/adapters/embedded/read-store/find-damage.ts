import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface DamagedFile {
  readonly path: string;
  readonly reason: string;
}

/** What the child says of one file; `damage` is absent when it is sound. */
export interface Finding {
  readonly path: string;
  readonly damage?: string;
}

const checker = fileURLToPath(new URL(`./check-environments${extname(import.meta.url)}`, import.meta.url));

/**
 * Checks environments in a child process, because a truncated LMDB file kills whoever reads it (SIGBUS). A file at which the
 * child dies is damaged; another child goes on behind it.
 */
export const findDamage = async (paths: readonly string[]): Promise<readonly DamagedFile[]> => {
  const damaged: DamagedFile[] = [];
  let waiting = paths;
  while (waiting.length > 0) {
    const { findings, ending } = await runChecker(waiting);
    for (const { path, damage } of findings) if (damage !== undefined) damaged.push({ path, reason: damage });
    waiting = waiting.slice(findings.length);
    const [died, ...rest] = waiting;
    if (died === undefined) break;
    damaged.push({ path: died, reason: `reading it ended the checking process (${ending}).` });
    waiting = rest;
  }
  return damaged;
};

const runChecker = (
  paths: readonly string[],
): Promise<{ readonly findings: readonly Finding[]; readonly ending: string }> =>
  new Promise((resolve, reject) => {
    const findings: Finding[] = [];
    const child = fork(checker, { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    child.on('message', (finding: Finding) => findings.push(finding));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ findings, ending: signal ?? `exit code ${code}` });
    });
    child.send(paths);
  });
