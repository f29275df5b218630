import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { compile, eventLogSources, type Compiled } from './compiled.ts';

const traced = 'pwrite64,pwritev,write,fdatasync,fsync';

/** One call's end: strace splits a call that another thread interrupts into `unfinished` and `resumed`. */
interface Call {
  readonly name: string;
  readonly descriptor: string;
  readonly text: string;
  readonly worked: boolean;
}

const callsOf = (trace: string): readonly Call[] => {
  const begun = new Map<string, string>();
  const calls: Call[] = [];
  for (const line of trace.split('\n')) {
    const [, thread, rest] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (thread === undefined || rest === undefined) continue;
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(thread, rest.slice(0, -'<unfinished ...>'.length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const text = resumed === null ? rest : `${begun.get(thread) ?? ''}${resumed[1]}`;
    const [, name, descriptor, result] = /^(\w+)\((\d+).*\)\s+= (-?\d+)/.exec(text) ?? [];
    if (name !== undefined)
      calls.push({ name, descriptor: descriptor!, text, worked: !result!.startsWith('-') });
  }
  return calls;
};

/** Ids that were printed although no sync of their file had returned after they were written to it. */
const acknowledgedTooEarly = (
  calls: readonly Call[],
): { readonly early: readonly string[]; readonly printed: number } => {
  const early: string[] = [];
  let printed = 0;
  for (const [index, { text }] of calls.entries()) {
    for (const [, id] of text.matchAll(/^write\(1, "acknowledged (e\d[abc])/g)) {
      printed += 1;
      const written = calls.findIndex(
        (call) => call.name === 'pwrite64' && call.text.includes(`trace-${id}`),
      );
      const synced = calls
        .slice(written, index)
        .some(
          ({ name, descriptor, worked }) =>
            name === 'fdatasync' && worked && descriptor === calls[written]!.descriptor,
        );
      if (written === -1 || written > index || !synced) early.push(id!);
    }
  }
  return { early, printed };
};

describe('The acknowledgement of an append', function () {
  this.timeout(60_000);
  let directory: string;
  let compiled: Compiled;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storyline-'));
    compiled = compile([...eventLogSources, 'test/faults/log-trace-writer.ts']);
    const found = spawnSync('strace', ['-V']);
    assert.isUndefined(found.error, 'strace is needed to see system calls: apt-get install -y strace');
  });
  after(async () => {
    compiled.remove();
    await rm(directory, { recursive: true });
  });

  const trace = (mode: 'synced' | 'unsynced') => {
    const output = join(directory, `${mode}.trace`);
    const program = [
      process.execPath,
      compiled.pathOf('test/faults/log-trace-writer.ts'),
      join(directory, mode),
      mode,
    ];
    const run = spawnSync('strace', ['-f', '-s', '4000', '-e', `trace=${traced}`, '-o', output, ...program]);
    assert.strictEqual(run.status, 0, run.stderr.toString());
    return acknowledgedTooEarly(callsOf(readFileSync(output, 'utf8')));
  };

  it('comes after the sync of what was written has returned', () => {
    assert.deepEqual(trace('synced'), { early: [], printed: 15 });
  });

  it('is seen to come too early where the sync is left out, so the check above can fail', () => {
    const { early, printed } = trace('unsynced');
    assert.strictEqual(printed, 15);
    assert.lengthOf(early, 15);
  });
});
