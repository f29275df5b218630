import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { makePlace, removePlace, startProgram, type RunningProgram } from '../cli/running-program.ts';

const root = join(import.meta.dirname, '../..');
const told = 'http://127.0.0.1:8080';

/** Notes what curl answered on its error output, where it is in nobody's way. */
const recordingCurl = `
set -euo pipefail
cd ${JSON.stringify(root)}
curl() { command curl "$@" -w '%{stderr}@@%{http_code}\\n'; }
npx() { shift; "$NODE" --import=tsx src/cli/main.ts "$@"; }
`;

const blocksOf = (markdown: string): readonly string[] =>
  [...markdown.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block!);

describe('The README', function () {
  this.timeout(120_000);
  let place: string;
  let program: RunningProgram;
  let readme: string;

  before(async () => {
    readme = await readFile(join(root, 'README.md'), 'utf8');
    place = await makePlace();
    program = await startProgram(place);
  });
  after(async () => {
    await program.stop();
    await removePlace(place);
  });

  const run = async (script: string) => {
    const child = spawn('bash', ['-c', recordingCurl + script.replaceAll(told, program.url)], {
      env: { ...process.env, NODE: process.execPath, DATA_DIR: place, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    expect(code, `${out}\n${err}`).to.equal(0);
    return { out, statuses: [...err.matchAll(/@@(\d{3})/g)].map(([, status]) => status) };
  };

  it('gives a tour whose every command works as it says', async () => {
    const tour = blocksOf(readme).join('\n');
    const promised = [...tour.matchAll(/^# (\d{3}) /gm)].map(([, status]) => status);
    const calls = [...tour.matchAll(/\bcurl /g)];
    expect(promised.length, 'every call has its status').to.equal(calls.length);
    expect(promised.length).to.be.greaterThan(15);
    const { out, statuses } = await run(tour);
    expect(statuses).to.deep.equal(promised);
    expect(out).to.include('{"liked":true,"likes_count":1}');
    expect(out).to.match(/^idempotent-replayed: true/im);
    expect(out).to.match(/"title":"Hello, world".*"likes_count":1,"comments_count":2/);
    expect(out).to.include('posts@1: generation 2 is live');
  });

  it('names every variable of the configuration that it takes, and no other', async () => {
    const config = await readFile(join(root, 'src/config.ts'), 'utf8');
    const read = new Set([...config.matchAll(/\bread\(\s*'([A-Z_]+)'/g)].map(([, name]) => name!));
    const table = readme.split('## Configuration')[1]!.split('\n## ')[0]!;
    const named = new Set(
      table
        .split('\n')
        .filter((line) => line.startsWith('| `'))
        .flatMap((line) => [...line.split('|')[1]!.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name!)),
    );
    read.delete('ROLES');
    expect([...named].sort()).to.deep.equal([...read].sort());
  });

  it('leads only to files that are there', async () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, path]) => path!);
    expect(links.length).to.be.greaterThan(5);
    expect(links.filter((path) => !existsSync(join(root, path)))).to.deep.equal([]);
  });
});
