import { scrypt, type ScryptOptions } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createPasswordHasher } from '../../src/adapters/shared/password-hasher/password-hasher.ts';
import { PasswordHasherBusy, type PasswordHasher } from '../../src/ports/password-hasher.ts';

/** Ids of our children that run the hashing program. */
const children = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((id) => {
      try {
        const parent = /^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1];
        const command = readFileSync(`/proc/${id}/cmdline`, 'utf8');
        return parent === String(process.pid) && command.includes('hashing-process');
      } catch {
        return false;
      }
    })
    .map(Number);

describe('The password hasher', () => {
  let hasher: PasswordHasher;
  afterEach(() => hasher.close());

  it('knows a password again, and no other', async () => {
    hasher = createPasswordHasher({ logN: 4 });
    const hash = await hasher.hash('correct horse');
    expect(await hasher.verify(hash, 'correct horse')).to.equal(true);
    for (const other of ['correct horsf', 'Correct horse', 'correct horse ', ''])
      expect(await hasher.verify(hash, other)).to.equal(false);
  });

  it('makes two hashes of one password, neither of which shows it', async () => {
    hasher = createPasswordHasher({ logN: 4 });
    const [one, two] = await Promise.all([hasher.hash('correct horse'), hasher.hash('correct horse')]);
    expect(one).to.not.equal(two);
    expect(Buffer.from(one, 'base64').toString('latin1'))
      .to.match(/^scrypt/)
      .and.not.include('horse');
  });

  it('uses OWASP’s parameters unless told otherwise', async () => {
    hasher = createPasswordHasher();
    const bytes = Buffer.from(await hasher.hash('correct horse'), 'base64');
    expect([bytes[7], bytes.readUInt32BE(8), bytes.readUInt32BE(12)]).to.deep.equal([17, 8, 1]);
  });

  it('is false for nobody, and takes as long as for somebody', async () => {
    hasher = createPasswordHasher({ logN: 13, concurrency: 1 });
    const hash = await hasher.hash('correct horse');
    const time = async (of: string | undefined): Promise<number> => {
      const began = process.hrtime.bigint();
      expect(await hasher.verify(of, 'wrong horse')).to.equal(false);
      return Number(process.hrtime.bigint() - began) / 1e6;
    };
    await time(undefined);
    // In turns and the quickest of each, as the machine has other things to do.
    let [known, unknown] = [Infinity, Infinity];
    for (let turn = 0; turn < 20; turn += 1) {
      known = Math.min(known, await time(hash));
      unknown = Math.min(unknown, await time(undefined));
    }
    expect(unknown / known).to.be.within(0.7, 1.4);
  });

  it('keeps files quick while it hashes, which hashing in this process would not', async () => {
    const slowestStat = async (hashing: Promise<unknown>): Promise<number> => {
      let [slowest, done] = [0, false];
      void hashing.finally(() => (done = true));
      while (!done) {
        const began = process.hrtime.bigint();
        await stat(import.meta.filename);
        slowest = Math.max(slowest, Number(process.hrtime.bigint() - began) / 1e6);
      }
      return slowest;
    };
    hasher = createPasswordHasher({ logN: 14, concurrency: 2 });
    await hasher.hash('warm up');
    const hash = promisify<string, string, number, ScryptOptions, Buffer>(scrypt);
    const options = { N: 2 ** 14, r: 8, p: 1, maxmem: 2 ** 26 };
    const sixteen = (one: () => Promise<unknown>) => Promise.all(Array.from({ length: 16 }, one));
    const apart = await slowestStat(sixteen(() => hasher.hash('correct horse')));
    const here = await slowestStat(sixteen(() => hash('correct horse', 'salt', 64, options)));
    expect(apart).to.be.below(here / 2);
  });

  it('refuses at once beyond its queue, and serves those that wait', async () => {
    hasher = createPasswordHasher({ logN: 10, concurrency: 1, queueLimit: 4 });
    const asked = Array.from({ length: 12 }, () =>
      hasher.hash('correct horse').catch((error: unknown) => error),
    );
    const answers = await Promise.all(asked);
    const refused = answers.filter((answer) => answer instanceof PasswordHasherBusy);
    expect(refused.length).to.be.at.least(7);
    expect(answers.filter((answer) => typeof answer === 'string')).to.have.length(12 - refused.length);
    expect(refused[0]?.retryAfter).to.be.at.least(1);
  });

  it('replaces a process that was killed, and nobody who waited notices', async () => {
    hasher = createPasswordHasher({ logN: 12, concurrency: 2 });
    const waiting = Array.from({ length: 6 }, () => hasher.hash('correct horse'));
    await hasher.verify(undefined, 'any');
    const more = Array.from({ length: 6 }, () => hasher.hash('correct horse'));
    const victims = children();
    expect(victims).to.have.length(1);
    process.kill(victims[0]!, 'SIGKILL');
    const hashes = await Promise.all([...waiting, ...more]);
    expect(await hasher.verify(hashes.at(-1), 'correct horse')).to.equal(true);
  });

  it('leaves no process behind', async () => {
    hasher = createPasswordHasher({ logN: 4 });
    await hasher.hash('correct horse');
    await hasher.close();
    expect(children()).to.deep.equal([]);
    const refused = await hasher.hash('correct horse').catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error);
  });
});
