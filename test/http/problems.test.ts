import { expect } from 'chai';
import { problems, type Problem } from '../../src/http/problems.ts';
import { protocolProblems } from '../../src/http/protocol-problems.ts';

const all = Object.entries<Problem>({ ...problems, ...protocolProblems });

describe('Every problem', () => {
  it('has a stable name of its own', () => {
    const slugs = all.map(([, { slug }]) => slug);
    expect(new Set(slugs).size).to.equal(slugs.length);
    for (const slug of slugs) expect(slug).to.match(/^[a-z]+(-[a-z]+)*$/);
  });

  it('says what it is and what to do in English and in Russian', () => {
    for (const [name, { title, detail }] of all) {
      // Titles go into the WWW-Authenticate header between quotes.
      expect(title.en, name).to.match(/^[A-Z][\x20\x21\x23-\x5b\x5d-\x7e]+[^.]$/);
      expect(detail.en, name).to.match(/^[A-Z].+\.$|\.$|>\.$/);
      for (const text of [title.ru, detail.ru]) expect(text, name).to.match(/[А-Яа-яё]/);
    }
  });

  it('is 4xx, or one of the faults that no client can cause', () => {
    for (const [name, { status }] of all)
      expect(status < 500 ? status >= 400 : [500, 503, 507].includes(status), name).to.equal(true);
  });
});
