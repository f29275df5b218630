import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..', '..');

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

const sourcesBelow = (path: string): readonly string[] =>
  path.endsWith('.ts')
    ? [path]
    : readdirSync(join(root, path))
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
        .map((name) => join(path, name));

export interface Compiled {
  /** Where the JavaScript of a source lies. */
  readonly pathOf: (source: string) => string;
  readonly remove: () => void;
}

/**
 * JavaScript of some sources, so that a child which is killed hundreds of times starts in a twentieth of a second. It lies
 * below `node_modules`, where packages are found.
 */
export const compile = (sources: readonly string[]): Compiled => {
  const directory = join(root, 'node_modules', '.cache', `storyline-faults-${process.pid}`);
  for (const source of sources.flatMap(sourcesBelow)) {
    const target = join(directory, source.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    const { outputText } = ts.transpileModule(readFileSync(join(root, source), 'utf8'), {
      compilerOptions: options,
    });
    writeFileSync(target, outputText);
  }
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  return {
    pathOf: (source) => join(directory, source.replace(/\.ts$/, '.js')),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
};

export const eventLogSources: readonly string[] = [
  'src/core',
  'src/ports/event-log.ts',
  'src/adapters/embedded/event-log',
];
