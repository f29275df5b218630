import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';

const root = join(import.meta.dirname, '../..');

describe('The documents', () => {
  it('name a test that exists for every promise', async () => {
    const text = await readFile(join(root, 'docs/guarantees.md'), 'utf8');
    const rows = text.split('\n').filter((line) => /^\| (?!promise |-)/.test(line));
    const missing: string[] = [];
    for (const row of rows) {
      const named = /\]\(\.\.\/(test\/[^)]+)\) “([^”]+)”/.exec(row);
      if (named === null) missing.push(`no test in: ${row}`);
      else {
        const [, file, title] = named;
        const path = join(root, file!);
        const source = existsSync(path) ? await readFile(path, 'utf8') : '';
        if (!source.includes(title!)) missing.push(`${file!}: ${title!}`);
      }
    }
    expect(rows.length).to.be.greaterThan(50);
    expect(missing).to.deep.equal([]);
  });

  it('lead only to files that are there', async () => {
    const pages = (await readdir(join(root, 'docs'), { recursive: true })).filter((name) =>
      name.endsWith('.md'),
    );
    const broken: string[] = [];
    for (const page of pages) {
      const path = join(root, 'docs', page);
      const links = [...(await readFile(path, 'utf8')).matchAll(/\]\((?!https?:|#)([^)#]+)/g)];
      for (const [, link] of links)
        if (!existsSync(join(dirname(path), link!))) broken.push(`${page}: ${link!}`);
    }
    expect(pages.length).to.be.greaterThan(3);
    expect(broken).to.deep.equal([]);
  });
});
