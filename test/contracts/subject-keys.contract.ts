import { createSecretKey, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { UserId } from '../../src/core/ids.ts';
import { SubjectErased, type MasterKey, type SubjectKeys } from '../../src/ports/subject-keys.ts';

/** A store on storage of its own. */
export interface SubjectKeysUnderTest {
  readonly keys: SubjectKeys;
  /** Closes the store, if it is open, and opens it again on the same storage; the first master is the current one. */
  reopen(...masters: readonly MasterKey[]): Promise<SubjectKeys>;
  /** All bytes that the storage holds. */
  bytes(): Promise<Buffer>;
  /** Closes what is open and removes the storage. */
  remove(): Promise<void>;
}

export const masterKey = (id: string): MasterKey => ({ id, key: createSecretKey(randomBytes(32)) });

const ann = '0190f3b4-0000-7000-8000-00000000000a' as UserId;
const bob = '0190f3b4-0000-7000-8000-00000000000b' as UserId;

/** Every numbered sentence of `ports/subject-keys.ts`; any adapter runs it unchanged. */
export const subjectKeysContract = (
  name: string,
  open: (master: MasterKey) => Promise<SubjectKeysUnderTest>,
): void => {
  describe(`${name} keeps the contract of subject keys`, () => {
    const master = masterKey('master-1');
    let under: SubjectKeysUnderTest;
    let keys: SubjectKeys;

    beforeEach(async () => {
      under = await open(master);
      keys = under.keys;
    });
    afterEach(() => under.remove());

    const secretOf = async (subject: UserId): Promise<string> =>
      (await keys.ensure(subject)).key.export().toString('hex');

    it('1. makes one key a subject, for all who ask at once and for ever', async () => {
      const made = await Promise.all(Array.from({ length: 50 }, () => keys.ensure(ann)));
      expect(new Set(made.map(({ id }) => id)).size).to.equal(1);
      expect(new Set(made.map(({ key }) => key.export().toString('hex'))).size).to.equal(1);
      expect(made[0]!.key.symmetricKeySize).to.equal(32);
      const other = await keys.ensure(bob);
      expect(other.id).to.not.equal(made[0]!.id);
      expect(other.key.equals(made[0]!.key)).to.equal(false);
    });

    it('2. has every key that it answered when it is opened again', async () => {
      const subjects = Array.from(
        { length: 200 },
        (_, n) => `${ann.slice(0, -3)}${n.toString().padStart(3, '0')}` as UserId,
      );
      const before = await Promise.all(subjects.map((subject) => keys.ensure(subject)));
      keys = await under.reopen(master);
      for (const [place, subject] of subjects.entries()) {
        const found = await keys.find(subject);
        expect(found).to.have.property('id', before[place]!.id);
        expect((await keys.ensure(subject)).key.equals(before[place]!.key)).to.equal(true);
      }
    });

    it('3. finds without making', async () => {
      expect(await keys.find(ann)).to.equal(undefined);
      expect(await keys.find(ann)).to.equal(undefined);
      const made = await keys.ensure(ann);
      expect(await keys.find(ann)).to.have.property('id', made.id);
      await keys.destroy(ann);
      expect(await keys.find(ann)).to.equal('destroyed');
    });

    it('4. seals nothing more for a destroyed subject, also after a restart', async () => {
      await keys.ensure(ann);
      await keys.destroy(ann);
      expect(await outcome(keys.ensure(ann))).to.be.instanceOf(SubjectErased);
      keys = await under.reopen(master);
      expect(await outcome(keys.ensure(ann))).to.be.instanceOf(SubjectErased);
      expect(await keys.find(ann)).to.equal('destroyed');
    });

    it('4. destroys twice, and subjects that never had a key', async () => {
      await keys.destroy(bob);
      await keys.destroy(bob);
      expect(await outcome(keys.ensure(bob))).to.be.instanceOf(SubjectErased);
      // Whoever asks while it is being destroyed gets a last key or none.
      const [racing] = await Promise.all([outcome(keys.ensure(ann)), keys.destroy(ann), keys.destroy(ann)]);
      if (racing instanceof Error) expect(racing).to.be.instanceOf(SubjectErased);
      keys = await under.reopen(master);
      for (const subject of [ann, bob]) expect(await keys.find(subject)).to.equal('destroyed');
    });

    it('4. lets others live', async () => {
      const before = await secretOf(bob);
      await keys.ensure(ann);
      await keys.destroy(ann);
      keys = await under.reopen(master);
      expect(await secretOf(bob)).to.equal(before);
    });

    it('5. leaves no byte of a destroyed key', async () => {
      const { id, key } = await keys.ensure(ann);
      const marks = [
        Buffer.from(id, 'hex'),
        Buffer.from(id),
        key.export(),
        Buffer.from(key.export().toString('hex')),
      ];
      const live = await under.bytes();
      expect(marks.map((mark) => live.includes(mark))).to.include(
        true,
        'a key that lives is found by its id',
      );
      await keys.destroy(ann);
      const after = await under.bytes();
      expect(marks.map((mark) => after.includes(mark))).to.not.include(true);
    });

    it('6. refuses the wrong master key with a sentence that names it, under another id or the same', async () => {
      await keys.ensure(ann);
      await keys.close();
      for (const wrong of [masterKey('master-2'), masterKey('master-1')]) {
        expect(await outcome(under.reopen(wrong)))
          .to.be.instanceOf(Error)
          .with.property('message')
          .that.includes('MASTER_KEY');
      }
      keys = await under.reopen(master);
      expect(await keys.find(ann)).to.have.property('id');
    });

    it('7. wraps all keys under a new master key and leaves the keys as they are', async () => {
      const before = [await secretOf(ann), await secretOf(bob)];
      const erased = `${ann.slice(0, -1)}c` as UserId;
      await keys.destroy(erased);
      const next = masterKey('master-2');
      await keys.rewrap(next);
      expect([await secretOf(ann), await secretOf(bob)]).to.deep.equal(before);
      const later = `${ann.slice(0, -1)}d` as UserId;
      const added = await secretOf(later);
      await keys.close();
      expect(await outcome(under.reopen(master))).to.be.instanceOf(Error);
      keys = await under.reopen(next);
      expect([await secretOf(ann), await secretOf(bob), await secretOf(later)]).to.deep.equal([
        ...before,
        added,
      ]);
      expect(await keys.find(erased)).to.equal('destroyed');
    });

    it('7. opens with the new master key first and the old one behind it, before it is rewrapped', async () => {
      const before = await secretOf(ann);
      const next = masterKey('master-2');
      keys = await under.reopen(next, master);
      expect(await secretOf(ann)).to.equal(before);
      const added = await secretOf(bob);
      await keys.rewrap(next);
      keys = await under.reopen(next);
      expect([await secretOf(ann), await secretOf(bob)]).to.deep.equal([before, added]);
    });
  });
};

const outcome = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error);
