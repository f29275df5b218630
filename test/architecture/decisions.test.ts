import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const root = fileURLToPath(new URL('../..', import.meta.url));

const filesBelow = (directory: string): readonly string[] =>
  readdirSync(join(root, directory), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

describe('Every decision', () => {
  it('is imported by a test that begins with what had happened', () => {
    // Decisions lie one level down, in a module's folder; what is beside the folders is not pure.
    const decisions = filesBelow('src/commands').filter((file) => file.split('/').length > 3);
    const sentences = filesBelow('test/commands')
      .map((file) => readFileSync(join(root, file), 'utf8'))
      .filter((text) => text.includes('given('))
      .join('\n');
    expect(decisions).to.have.length.above(15);
    expect(decisions.filter((file) => !sentences.includes(file))).to.deep.equal([]);
  });
});
