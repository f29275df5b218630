import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const config = ts.parseJsonConfigFileContent(
  ts.readConfigFile(join(root, 'tsconfig.json'), (path) => readFileSync(path, 'utf8')).config,
  ts.sys,
  root,
);

const asModule = {
  languageVersion: ts.ScriptTarget.ES2023,
  impliedNodeFormat: ts.ModuleKind.ESNext,
} as const;

/** Compiles one file that exists only here, as if it were in `src/http`; answers what the compiler says about it. */
const compile = (source: string): string[] => {
  const path = join(root, 'src/http/fixture-of-a-test.ts');
  const options = { ...config.options, incremental: false, noEmit: true };
  delete options.tsBuildInfoFile;
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getSourceFile = (name, ...rest) =>
    name === path ? ts.createSourceFile(name, source, asModule) : getSourceFile(name, ...rest);
  host.fileExists = (name) => name === path || fileExists(name);
  host.readFile = (name) => (name === path ? source : readFile(name));
  const program = ts.createProgram([path], options, host);
  const file = program.getSourceFile(path)!;
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'),
  );
};

const routeThat = (refusals: string, who: string, handler: string) => `
  import { Type } from '@sinclair/typebox';
  import { refuse } from '../core/result.ts';
  import { route } from './route.ts';
  export const fixture = route({
    name: 'x', method: 'POST', path: '/x', tag: 'x', summary: 'x', who: '${who}',
    body: Type.Object({ text: Type.String() }),
    replies: { 200: { description: 'x' } },
    refusals: [${refusals}],
    handler: ${handler},
  });
`;

describe('A route', function () {
  this.timeout(60_000);

  it('compiles when it lists every refusal of its handler', () => {
    const source = routeThat(
      "'rate_limited'",
      'user',
      `async ({ caller, body }) =>
      body.text === caller.userId ? { status: 200 } : refuse('rate_limited')`,
    );
    expect(compile(source)).to.deep.equal([]);
  });

  it('does not compile when it leaves out a refusal of its handler', () => {
    const source = routeThat(
      "'rate_limited'",
      'user',
      `async ({ body }) =>
      body.text === '' ? refuse('cross_site') : refuse('rate_limited')`,
    );
    expect(compile(source).join('\n')).to.include('"cross_site"');
  });

  it('does not compile when it lists a refusal that no problem describes', () => {
    const source = routeThat("'no_such_refusal'", 'user', 'async () => ({ status: 200 })');
    expect(compile(source).join('\n')).to.include('no_such_refusal');
  });

  it('does not compile when it takes a caller where nobody needs to be signed in', () => {
    const source = routeThat('', 'optional', 'async ({ caller }) => ({ status: 200, body: caller.userId })');
    expect(compile(source).join('\n')).to.include("possibly 'undefined'");
  });
});
