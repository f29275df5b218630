import { expect } from 'chai';
import { bar, byteSize, duration, grouped, sparkline } from '../../src/cli/bars.ts';
import { checkNode } from '../../src/cli/local-checks.ts';
import { barLayout, pace, progressView } from '../../src/cli/progress-view.ts';
import { table } from '../../src/cli/table.ts';
import type { Terminal } from '../../src/cli/terminal.ts';

describe('What the command line draws', () => {
  it('bars that are full at the most and never empty for something', () => {
    expect(bar(10, 10, 5)).to.equal('█████');
    expect(bar(5, 10, 5)).to.equal('██▌');
    expect(bar(1, 10_000, 5)).to.equal('▏');
    expect(bar(0, 10, 5)).to.equal('');
    expect(bar(0, 0, 5)).to.equal('');
  });

  it('a line of sparks, where a quiet day is a dot', () => {
    expect(sparkline([0, 1, 4, 8])).to.equal('·▁▄█');
    expect(sparkline([])).to.equal('');
  });

  it('numbers, times and sizes as people say them', () => {
    expect(grouped(1234567)).to.equal('1,234,567');
    expect([0.42, 12, 200, 7500].map(duration)).to.deep.equal(['0.4 s', '12 s', '3 min 20 s', '2 h 5 min']);
    expect([0, 1023, 1536, 5 * 1024 ** 3].map(byteSize)).to.deep.equal([
      '0 B',
      '1023 B',
      '1.5 KiB',
      '5.0 GiB',
    ]);
  });

  it('rate and time left', () => {
    const advance = { label: 'posts@1', done: 500, total: 2000, unit: 'events' };
    expect(pace(advance, 2)).to.equal('250 events/s, 6.0 s left');
    expect(pace({ ...advance, done: 2000 }, 4)).to.equal('500 events/s');
    expect(pace({ ...advance, done: 0 }, 4)).to.equal('starting');
  });

  it('a bar that leaves room for both, however narrow the screen', () => {
    const rest = 'rebuilding comments@1   100 % · 47,220 events/s, 12 min 20 s left'.length;
    for (const columns of [72, 80, 100, 119]) {
      expect(rest + barLayout(columns).barsize).to.be.at.most(columns);
      expect(barLayout(columns).format).to.include('{pace}').and.not.include('{value}');
    }
    expect(barLayout(40).barsize).to.equal(5);
    expect(barLayout(120).format).to.include('{value}/{total}');
    expect(barLayout()).to.deep.equal(barLayout(80));
  });

  it('plain lines for a log file: one every two seconds and one at the end', () => {
    const lines: string[] = [];
    let now = 0;
    const terminal: Terminal = {
      out: () => undefined,
      err: (line) => void lines.push(line),
      moving: false,
      colours: false,
      columns: 80,
      json: false,
    };
    const view = progressView(terminal, { now: () => now, sleep: async () => undefined });
    const advance = { label: 'rebuilding posts@1', total: 1000, unit: 'events' };
    for (let done = 0; done <= 900; done += 100) {
      view.show({ ...advance, done });
      now += 500;
    }
    view.show({ ...advance, done: 1000 });
    view.end();
    expect(lines).to.deep.equal([
      'rebuilding posts@1: 400 of 1,000 events (40 %), 200 events/s, 3.0 s left',
      'rebuilding posts@1: 800 of 1,000 events (80 %), 200 events/s, 1.0 s left',
      'rebuilding posts@1: 1,000 of 1,000 events (100 %), 200 events/s',
    ]);
  });

  it('nothing of it for scripts', () => {
    const lines: string[] = [];
    const terminal = {
      err: (line: string) => void lines.push(line),
      json: true,
    } as Partial<Terminal> as Terminal;
    const view = progressView(terminal, { now: () => 0, sleep: async () => undefined });
    view.show({ label: 'work', done: 1, total: 1, unit: 'events' });
    view.end();
    expect(lines).to.deep.equal([]);
  });

  it('tables without boxes, to be read and cut', () => {
    const drawn = table(
      ['NAME', 'COUNT'],
      [
        ['posts', 1],
        ['likes', 20],
      ],
      [1],
    );
    expect(drawn.split('\n')).to.deep.equal(['NAME   COUNT', 'posts      1', 'likes     20']);
  });

  it('what is wrong with an old Node', () => {
    expect(checkNode('20.19.0').state).to.equal('ok');
    expect(checkNode('24.1.0').state).to.equal('ok');
    expect(checkNode('20.18.3')).to.include({ state: 'fail', advice: 'Install Node 20.19 or newer.' });
  });
});
