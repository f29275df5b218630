import { linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect } from 'chai';
import { openSubjectKeys } from '../../src/adapters/embedded/subject-keys/open-subject-keys.ts';
import { systemChance, type Clock } from '../../src/core/clock.ts';
import type { UserId } from '../../src/core/ids.ts';
import type { MasterKey, SubjectKeys } from '../../src/ports/subject-keys.ts';
import { masterKey, subjectKeysContract, type SubjectKeysUnderTest } from './subject-keys.contract.ts';

let now = Date.UTC(2026, 10, 21);
const clock: Clock = { now: () => now, sleep: async () => undefined };

const open = (directory: string, masters: readonly MasterKey[]): Promise<SubjectKeys> =>
  openSubjectKeys({ directory, masters, clock, chance: systemChance });

const bytesIn = (directory: string): Buffer =>
  Buffer.concat(readdirSync(directory).map((name) => readFileSync(join(directory, name))));

const openUnderTest = async (master: MasterKey): Promise<SubjectKeysUnderTest> => {
  const root = mkdtempSync(join(tmpdir(), 'storyline-'));
  const directory = join(root, 'keys');
  let keys = await open(directory, [master]);
  return {
    keys,
    reopen: async (...masters) => {
      await keys.close();
      return (keys = await open(directory, masters));
    },
    bytes: async () => bytesIn(directory),
    remove: async () => {
      await keys.close();
      rmSync(root, { recursive: true });
    },
  };
};

subjectKeysContract('The embedded store', openUnderTest);

describe('The embedded subject keys', () => {
  const master = masterKey('master-1');
  const ann = '0190f3b4-0000-7000-8000-00000000000a' as UserId;
  let directory: string;
  let keys: SubjectKeys;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'storyline-'));
    keys = await open(directory, [master]);
  });
  afterEach(async () => {
    await keys.close();
    rmSync(directory, { recursive: true });
  });

  const path = (): string => join(directory, 'subjects.keys');

  /** All runs of 8 bytes in a slot's key id, nonce, wrapped key and tag. */
  const secretRuns = (slot: Buffer): readonly Buffer[] =>
    Array.from({ length: 104 - 28 - 7 }, (_, at) => slot.subarray(28 + at, 36 + at));

  it('overwrite all of a slot but the name of its subject, in every file, also after a rewrap', async () => {
    await keys.ensure(ann);
    const first = readFileSync(path()).subarray(128, 256);
    const next = masterKey('master-2');
    await keys.rewrap(next);
    const second = readFileSync(path()).subarray(128, 256);
    expect(
      secretRuns(first).filter((run) => second.includes(run) && !first.subarray(28, 44).includes(run)),
    ).to.deep.equal([]);
    expect(secretRuns(second).every((run) => bytesIn(directory).includes(run))).to.equal(true);
    await keys.destroy(ann);
    const left = bytesIn(directory);
    expect([...secretRuns(first), ...secretRuns(second)].filter((run) => left.includes(run))).to.deep.equal(
      [],
    );
    expect(readdirSync(directory)).to.deep.equal(['subjects.keys']);
  });

  it('ask the file again after a minute, so that what another owner destroyed is noticed', async () => {
    await keys.ensure(ann);
    const other = await open(directory, [master]);
    await other.destroy(ann);
    await other.close();
    now += 60_000;
    expect(await keys.find(ann)).to.equal('destroyed');
  });

  it('refuse a damaged slot by its number and file', async () => {
    await keys.ensure(ann);
    await keys.close();
    const bytes = readFileSync(path());
    bytes[128 + 70]! ^= 1;
    writeFileSync(path(), bytes);
    const refusal = await open(directory, [master]).catch((error: unknown) => error);
    expect(refusal)
      .to.be.instanceOf(Error)
      .with.property('message')
      .that.includes('Slot 1')
      .and.includes(path());
    bytes[128 + 70]! ^= 1;
    writeFileSync(path(), bytes);
    keys = await open(directory, [master]);
    expect(await keys.find(ann)).to.have.property('id');
  });

  it('refuse a slot that was moved to another subject', async () => {
    const bob = '0190f3b4-0000-7000-8000-00000000000b' as UserId;
    await keys.ensure(ann);
    await keys.ensure(bob);
    now += 60_000;
    const bytes = readFileSync(path());
    bytes.copyWithin(256, 128, 256);
    writeFileSync(path(), bytes);
    expect(await keys.find(bob).catch((error: unknown) => error)).to.be.instanceOf(Error);
  });

  describe('after a crash within a rewrap', () => {
    const next = masterKey('master-2');
    const old = Buffer.from('a wrapped key of the file that was replaced');
    let id: string;

    beforeEach(async () => {
      id = (await keys.ensure(ann)).id;
      await keys.close();
    });

    /** Opens under `masters` and sees that nothing is lost and nothing is left. */
    const expectFinished = async (...masters: readonly MasterKey[]): Promise<void> => {
      keys = await open(directory, masters);
      expect(await keys.find(ann)).to.have.property('id', id);
      expect(readdirSync(directory)).to.deep.equal(['subjects.keys']);
    };

    it('go on with the old file when the new one was not finished', async () => {
      writeFileSync(`${path()}.next`, readFileSync(path()).subarray(0, 200));
      await expectFinished(master);
    });

    it('go on with the old file when it only had its second name', async () => {
      writeFileSync(`${path()}.next`, readFileSync(path()));
      linkSync(path(), `${path()}.old`);
      await expectFinished(master);
    });

    it('overwrite the old file when the new one had taken its name', async () => {
      keys = await open(directory, [master]);
      await keys.rewrap(next);
      await keys.close();
      writeFileSync(`${path()}.old`, old);
      linkSync(`${path()}.old`, join(directory, '..', `seen-${basename(directory)}`));
      await expectFinished(next);
      const seen = join(directory, '..', `seen-${basename(directory)}`);
      const left = readFileSync(seen);
      rmSync(seen);
      expect(left.equals(Buffer.alloc(old.length))).to.equal(true);
    });
  });

  it('hold 5,000 subjects and find each again', async () => {
    const subjects = Array.from({ length: 5_000 }, (_, n) => `subject-${n}` as UserId);
    const made = await Promise.all(subjects.map((subject) => keys.ensure(subject)));
    await keys.close();
    keys = await open(directory, [master]);
    const found = await Promise.all(subjects.map((subject) => keys.find(subject)));
    expect(
      found.every((key, at) => key !== undefined && key !== 'destroyed' && key.id === made[at]!.id),
    ).to.equal(true);
    expect(await keys.find('subject-5000' as UserId)).to.equal(undefined);
  });
});
