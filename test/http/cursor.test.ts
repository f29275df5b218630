import { expect } from 'chai';
import { decodeCursor, encodeCursor } from '../../src/core/cursor.ts';

const log = '0192f3a4-0000-7000-8000-000000000001';
const place = { key: ['text', 7, 2n ** 63n, true], id: 'an-id' } as const;
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('A cursor', () => {
  const cursor = encodeCursor(log, 'listPosts', place);

  it('leads back to the place it was made for, numbers above 2^53 included', () => {
    expect(decodeCursor(log, 'listPosts', 'snib', cursor)).to.deep.equal({ ok: true, value: place });
  });

  it('is plain enough for an address', () => {
    expect(cursor).to.match(/^[A-Za-z0-9_-]+$/);
  });

  it('of another query is malformed here', () => {
    expect(decodeCursor(log, 'listUsers', 'snib', cursor)).to.include({ refusal: 'cursor_malformed' });
    expect(decodeCursor(log, 'listPosts', 'sni', cursor)).to.include({ refusal: 'cursor_malformed' });
    expect(decodeCursor(log, 'listPosts', 'nsib', cursor)).to.include({ refusal: 'cursor_malformed' });
  });

  it('of another log is refused as such', () => {
    const foreign = encodeCursor('0192f3a4-0000-7000-8000-000000000002', 'listPosts', place);
    expect(decodeCursor(log, 'listPosts', 'snib', foreign)).to.include({ refusal: 'cursor_of_another_log' });
  });

  it('that somebody made up is malformed, whatever is in it', () => {
    const key = [['i', '1']];
    const madeUp = [
      '',
      'x',
      '%%%',
      'a'.repeat(5000),
      base64(null),
      base64({}),
      base64([]),
      base64([log, 'q', key]),
      base64([log, 'q', key, 7]),
      base64([7, 'q', key, 'id']),
      base64([log, 'q', 'key', 'id']),
      base64([log, 'q', [['i', 1]], 'id']),
      base64([log, 'q', [['i', '1.5']], 'id']),
      base64([log, 'q', [['i', '9'.repeat(31)]], 'id']),
      base64([log, 'q', [['n', '']], 'id']),
      base64([log, 'q', [['n', 'NaN']], 'id']),
      base64([log, 'q', [['n', 'Infinity']], 'id']),
      base64([log, 'q', [['b', '1']], 'id']),
      base64([log, 'q', [['x', '1']], 'id']),
      base64([log, 'q', [['i', '1', '2']], 'id']),
      base64([log, 'q', [...key, ...key], 'id']),
      base64([log, 'q', key, 'id', 'more']),
    ];
    for (const shape of ['i', 'n', 'b', 'x'])
      for (const text of madeUp)
        expect(decodeCursor(log, 'q', shape, text), `${shape} ${text}`).to.include({
          refusal: 'cursor_malformed',
        });
  });
});
