import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { DataDirectoryHeld, holdDataDirectory } from '../../src/adapters/embedded/data-directory.ts';

const holder = join(import.meta.dirname, 'data-directory-holder.ts');

describe('The data directory', () => {
  let path: string;
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'storyline-')), 'data');
  });
  afterEach(() => rm(join(path, '..'), { recursive: true }));

  const refusal = (): DataDirectoryHeld => {
    try {
      holdDataDirectory(path).release();
    } catch (error) {
      assert.instanceOf(error, DataDirectoryHeld);
      return error;
    }
    return assert.fail('It was let in.');
  };

  it('is made when it is missing, held by one, and free again after its release', () => {
    const held = holdDataDirectory(path);
    assert.strictEqual(refusal().pid, process.pid);
    held.release();
    holdDataDirectory(path).release();
  });

  it('names the process that holds it, and is free as soon as that is killed', async () => {
    const child = fork(holder, [path]);
    await once(child, 'message');
    const error = refusal();
    assert.strictEqual(error.pid, child.pid);
    assert.include(error.message, `in use by process ${child.pid}`);
    assert.include(error.message, path);
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    holdDataDirectory(path).release();
  });
});
