import {
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openReadStore } from '../../src/adapters/embedded/read-store/open-read-store.ts';
import { readState, writeState } from '../../src/adapters/embedded/read-store/store-state.ts';
import type { Position } from '../../src/core/position.ts';
import type { CollectionSpec, ReadStore, StoredDocument } from '../../src/ports/read-store.ts';

interface Post {
  readonly author: string;
  readonly text: string;
}

const spec: CollectionSpec = { name: 'posts@1', indexes: [{ name: 'by-author', fields: ['author'] }] };
const documentCount = 300;

const document = (n: number): StoredDocument<Post> => ({
  id: `post-${String(n).padStart(4, '0')}`,
  pos: BigInt(n + 1) as Position,
  value: { author: `author-${n % 10}`, text: `text of post ${n} `.repeat(10) },
});
const all = Array.from({ length: documentCount }, (_, n) => document(n));

const fill = async (store: ReadStore, generation: number): Promise<void> => {
  const posts = await store.collection<Post>(spec, generation);
  await posts.write(
    all.map((written) => ({ ...written, expected: undefined })),
    { partition: 0, position: BigInt(documentCount) as Position },
  );
};

/** What a reader gets of a generation. */
const contentOf = async (store: ReadStore, generation: number) => {
  const posts = await store.collection<Post>(spec, generation);
  return {
    documents: await posts.scan(undefined, 1_024),
    found: (await posts.find({ index: 'by-author', limit: 1_024 })).length,
    checkpoint: await posts.checkpoint(0),
  };
};
const whole = { documents: all, found: documentCount, checkpoint: BigInt(documentCount) };
const empty = { documents: [], found: 0, checkpoint: undefined };

describe('A damaged read store', () => {
  let root: string;
  let directory: string;
  let notices: string[];
  let store: ReadStore | undefined;

  const open = async (at = directory): Promise<ReadStore> =>
    (store = await openReadStore({ directory: at, onNotice: (sentence) => notices.push(sentence) }));
  const fileOf = (generation: number, at = directory): string => join(at, `posts%401.${generation}.mdb`);

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'storyline-'));
    directory = join(root, 'read-models');
    notices = [];
    await open();
  });
  afterEach(async () => {
    await store?.close();
    rmSync(root, { recursive: true });
  });

  it('is said and begins anew where a file was cut off, and leaves the other files alone', async () => {
    for (const generation of [1, 2, 3, 4]) await fill(store!, generation);
    await store!.close();
    const { size } = statSync(fileOf(1));
    truncateSync(fileOf(1), 5_000);
    truncateSync(fileOf(2), size / 2);
    truncateSync(fileOf(3), 0);
    await open();
    expect(notices).to.have.length(3);
    for (const notice of notices)
      expect(notice).to.match(/posts%401\.[123]\.mdb was thrown away and is rebuilt from the log/);
    for (const generation of [1, 2, 3]) {
      expect(await contentOf(store!, generation)).to.deep.equal(empty);
      await fill(store!, generation);
      expect(await contentOf(store!, generation)).to.deep.equal(whole);
    }
    expect(await contentOf(store!, 4)).to.deep.equal(whole);
  });

  it('answers what was written or begins anew, wherever a byte was flipped while nobody owned it', async () => {
    const flips = 24;
    for (let generation = 1; generation <= flips; generation += 1) await fill(store!, generation);
    await store!.close();
    for (let generation = 1; generation <= flips; generation += 1) {
      const bytes = readFileSync(fileOf(generation));
      // The first in the headers of LMDB, the others spread over the file.
      const at =
        generation <= 6 ? generation * 23 : Math.floor((bytes.length / flips) * generation) - generation * 7;
      bytes[at]! ^= 1 << (generation % 8);
      writeFileSync(fileOf(generation), bytes);
    }
    await open();
    expect(notices.length).to.be.greaterThan(5);
    for (let generation = 1; generation <= flips; generation += 1) {
      const thrownAway = notices.some((notice) => notice.includes(`.${generation}.mdb`));
      expect(await contentOf(store!, generation), `generation ${generation}`).to.deep.equal(
        thrownAway ? empty : whole,
      );
    }
  });

  it('throws instead of answering a document whose bytes were changed behind its back, and begins anew at the next start', async () => {
    await fill(store!, 1);
    await store!.close();
    const { atime, mtime } = statSync(fileOf(1));
    const bytes = readFileSync(fileOf(1));
    bytes[bytes.indexOf('text of post 7 ')]! ^= 1;
    writeFileSync(fileOf(1), bytes);
    utimesSync(fileOf(1), atime, mtime);
    const stored = readState(directory);
    if (stored === 'damaged' || stored === undefined)
      throw new Error('The state of the store must be readable.');
    const { size, mtimeMs } = statSync(fileOf(1));
    writeState(directory, { ...stored, left: { 'posts%401.1.mdb': { size, mtimeMs } } });
    await open();
    const posts = await store!.collection<Post>(spec, 1);
    expect((await posts.get(document(8).id))?.value).to.deep.equal(document(8).value);
    const refusal = await posts.get(document(7).id).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(Error).with.property('name', 'ReadModelDamaged');
    expect(notices).to.deep.equal([]);
    await store!.close();
    await open();
    expect(notices).to.have.length(1);
    expect(await contentOf(store!, 1)).to.deep.equal(empty);
  });

  it('is used as it is after a kill in the same run of the machine, when it is sound', async () => {
    await fill(store!, 1);
    const copy = join(root, 'as-killed');
    cpSync(directory, copy, { recursive: true });
    await store!.close();
    await open(copy);
    expect(notices).to.deep.equal([]);
    expect(await contentOf(store!, 1)).to.deep.equal(whole);
  });

  it('is thrown away when the machine went down with the store open, because nothing was synced', async () => {
    await store!.claimFor('log-1');
    await store!.changeGenerations('posts@1', undefined, { live: 1 });
    await fill(store!, 1);
    const copy = join(root, 'as-killed');
    cpSync(directory, copy, { recursive: true });
    await store!.close();
    const state = readState(copy);
    if (state === 'damaged' || state === undefined)
      throw new Error('The state of the store must be readable.');
    writeState(copy, { ...state, boot: 'another run of the machine' });
    await open(copy);
    expect(notices).to.have.length(1);
    expect(notices[0]).to.include('the machine was restarted');
    expect(await store!.logId()).to.equal('log-1');
    expect(await store!.generations('posts@1')).to.deep.equal({ live: 1 });
    expect(await contentOf(store!, 1)).to.deep.equal(empty);
  });

  it('is used as it is when the machine was restarted after a clean close', async () => {
    await fill(store!, 1);
    await store!.close();
    const state = readState(directory);
    if (state === 'damaged' || state === undefined)
      throw new Error('The state of the store must be readable.');
    writeState(directory, { ...state, boot: 'another run of the machine' });
    await open();
    expect(notices).to.deep.equal([]);
    expect(await contentOf(store!, 1)).to.deep.equal(whole);
  });

  it('begins anew as a whole when its own state cannot be trusted', async () => {
    await store!.claimFor('log-1');
    await store!.changeGenerations('posts@1', undefined, { live: 1 });
    await fill(store!, 1);
    await store!.close();
    const path = join(directory, 'store.json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"live":1', '"live":2'));
    await open();
    expect(notices).to.have.length(1);
    expect(await store!.logId()).to.equal(undefined);
    expect(await store!.generations('posts@1')).to.equal(undefined);
    expect(await contentOf(store!, 1)).to.deep.equal(empty);
  });

  it('leaves no file of a dropped generation', async () => {
    await fill(store!, 1);
    await fill(store!, 2);
    await store!.drop('posts@1', 1);
    expect(readdirSync(directory).filter((name) => name.includes('.1.'))).to.deep.equal([]);
    expect(readdirSync(directory).filter((name) => name.includes('.2.'))).to.not.deep.equal([]);
  });
});
