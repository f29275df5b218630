import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';

const root = join(import.meta.dirname, '../..');

interface Rules {
  readonly forbidden: IForbiddenRuleType[];
  readonly options: ICruiseOptions;
}

const rules = createRequire(import.meta.url)(join(root, '.dependency-cruiser.cjs')) as Rules;

const examine = async (baseDir: string, ...places: string[]): Promise<ICruiseResult> => {
  const { tsConfig: _tsConfig, ...options } = rules.options;
  const result = await cruise(places, {
    ...options,
    baseDir,
    validate: true,
    ruleSet: { forbidden: rules.forbidden },
  });
  if (typeof result.output === 'string') throw new Error(result.output);
  return result.output;
};

/** For each rule: a file that breaks it, and what that file imports. */
const breaches: readonly (readonly [rule: string, from: string, imports: string])[] = [
  ['core-imports-nothing', 'src/core/ids.ts', '../events/codec.ts'],
  ['ports-know-core-only', 'src/ports/event-log.ts', '../events/codec.ts'],
  ['events-know-core-only', 'src/events/codec.ts', '../ports/subject-keys.ts'],
  ['decisions-know-events-and-core', 'src/commands/posts/create-post.ts', '../execute.ts'],
  ['decisions-know-events-and-core', 'src/commands/posts/create-post.ts', '../accounts/accounts.ts'],
  ['execute-knows-ports-events-core', 'src/commands/execute.ts', '../projections/all.ts'],
  ['projections-know-events-ports-core', 'src/projections/posts.ts', '../commands/execute.ts'],
  ['queries-know-ports-core-at-run-time', 'src/queries/top.ts', '../projections/all.ts'],
  ['queries-know-ports-core', 'src/queries/top.ts', '../commands/execute.ts'],
  ['reactions-know-commands-events-ports-core', 'src/reactions/run.ts', '../http/app.ts'],
  ['http-knows-commands-queries-ports-core', 'src/http/app.ts', '../adapters/embedded/log.ts'],
  ['http-knows-commands-queries-ports-core-at-run-time', 'src/http/app.ts', '../projections/all.ts'],
  ['adapters-know-ports-core-codec', 'src/adapters/embedded/log.ts', '../../commands/execute.ts'],
  ['operations-know-no-http-and-no-engine', 'src/control/doctor.ts', '../adapters/embedded/log.ts'],
  ['command-line-knows-no-http', 'src/cli/main.ts', '../http/app.ts'],
  ['only-the-programs-know-compose', 'src/config.ts', './compose.ts'],
  ['koa-only-in-http', 'src/queries/top.ts', 'koa'],
  ['drivers-only-in-adapters', 'src/projections/run.ts', 'lmdb'],
  ['terminal-only-in-cli', 'src/projections/run.ts', 'commander'],
  ['product-needs-no-test-tool', 'src/main.ts', '../test/given.ts'],
  ['product-needs-no-dev-dependency', 'src/main.ts', 'mocha'],
  ['everything-resolves', 'src/main.ts', './missing.ts'],
];

describe('The import rules', () => {
  let place: string;

  beforeEach(async () => {
    place = await mkdtemp(join(tmpdir(), 'storyline-'));
    await symlink(join(root, 'node_modules'), join(place, 'node_modules'));
    await writeFile(join(place, 'package.json'), await readFile(join(root, 'package.json')));
  });
  afterEach(async () => rm(place, { recursive: true, force: true }));

  const put = async (path: string, text: string) => {
    await mkdir(dirname(join(place, path)), { recursive: true });
    await writeFile(join(place, path), text);
  };

  const broken = async () => (await examine(place, 'src')).summary.violations.map(({ rule }) => rule.name);

  for (const [rule, from, imports] of breaches) {
    it(`${rule} fires when ${from} imports ${imports}`, async () => {
      const imported = join(dirname(from), imports);
      if (imports.startsWith('.') && rule !== 'everything-resolves') await put(imported, 'export {};\n');
      await put(from, `import '${imports}';\n`);
      expect(await broken()).to.include(rule);
    });
  }

  it('no-cycles fires when two files import each other', async () => {
    await put('src/core/one.ts', "import './two.ts';\n");
    await put('src/core/two.ts', "import './one.ts';\n");
    expect(await broken()).to.include('no-cycles');
  });

  it('mind no cycle of which nothing is left at run time', async () => {
    await put('src/core/one.ts', "import type { Two } from './two.ts';\nexport type One = Two | 1;\n");
    await put('src/core/two.ts', "import type { One } from './one.ts';\nexport type Two = One[];\n");
    expect(await broken()).to.deep.equal([]);
  });

  it('let http and queries name the types of events and projections', async () => {
    await put('src/projections/posts.ts', 'export interface PostDocument { readonly id: string }\n');
    const use =
      "import type { PostDocument } from '../projections/posts.ts';\nexport type Seen = PostDocument;\n";
    await put('src/http/posts.ts', use);
    await put('src/queries/posts.ts', use);
    expect(await broken()).to.deep.equal([]);
  });

  it('are each shown to fire', () => {
    const shown = new Set([...breaches.map(([rule]) => rule), 'no-cycles']);
    expect(rules.forbidden.map(({ name }) => name).filter((name) => !shown.has(name ?? ''))).to.deep.equal(
      [],
    );
  });

  it('hold in this code base, all of which was looked at', async () => {
    const { summary } = await examine(root, 'src', 'test', 'scripts');
    expect(summary.totalCruised).to.be.greaterThan(300);
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).to.deep.equal([]);
  });
});
