import { expect } from 'chai';
import type { Mail, Mailer } from '../../src/ports/mailer.ts';

export interface MailerUnderTest {
  readonly mailer: Mailer;
  /** The raw mails that were delivered so far, RFC 5322, in no order. */
  delivered(): Promise<readonly string[]>;
  /** Closes what is open and removes the storage. */
  remove(): Promise<void>;
}

const mail: Mail = {
  messageId: '<code-1@storyline.example>',
  to: 'ann@example.org',
  subject: 'Your code',
  text: 'The code is 7K2M9P.\nIt is good for 10 minutes.',
};

const headersOf = (raw: string): readonly string[] =>
  raw
    .slice(0, raw.indexOf('\r\n\r\n'))
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n');

/** Every numbered sentence of `ports/mailer.ts`; any adapter runs it unchanged. */
export const mailerContract = (name: string, open: () => Promise<MailerUnderTest>): void => {
  describe(`${name} keeps the contract of a mailer`, () => {
    let under: MailerUnderTest;
    beforeEach(async () => {
      under = await open();
    });
    afterEach(() => under.remove());

    it('1. has delivered a mail whole when it answers', async () => {
      await under.mailer.send(mail);
      const [raw, ...others] = await under.delivered();
      expect(others).to.deep.equal([]);
      expect(headersOf(raw!)).to.include.members([
        'To: ann@example.org',
        'Subject: Your code',
        `Message-ID: ${mail.messageId}`,
      ]);
      expect(raw).to.include('The code is 7K2M9P.\r\nIt is good for 10 minutes.');
      expect(raw).to.include('text/plain');
    });

    it('1. delivers many at once', async () => {
      const ids = Array.from({ length: 30 }, (_, n) => `<many-${n}@storyline.example>`);
      await Promise.all(ids.map((messageId) => under.mailer.send({ ...mail, messageId })));
      const headers = (await under.delivered()).flatMap((raw) => headersOf(raw));
      expect(headers).to.include.members(ids.map((messageId) => `Message-ID: ${messageId}`));
    });

    it('2. makes a repeat recognisable by its message id', async () => {
      await Promise.all([under.mailer.send(mail), under.mailer.send(mail)]);
      await under.mailer.send(mail);
      const delivered = await under.delivered();
      expect(delivered).to.have.length.greaterThan(0);
      for (const raw of delivered) expect(headersOf(raw)).to.include(`Message-ID: ${mail.messageId}`);
    });

    for (const field of ['to', 'subject', 'messageId'] as const) {
      for (const smuggled of ['\r\nBcc: eve@example.org', '\nBcc: eve@example.org', '\r']) {
        it(`3. refuses ${JSON.stringify(smuggled)} in ${field}`, async () => {
          const refusal = await under.mailer
            .send({ ...mail, [field]: mail[field] + smuggled })
            .catch((error: unknown) => error);
          expect(refusal).to.be.instanceOf(TypeError);
          expect(await under.delivered()).to.deep.equal([]);
        });
      }
    }

    it('3. takes a recipient for one address, whatever is in it', async () => {
      await under.mailer.send({ ...mail, to: 'ann@example.org, eve@example.org' }).catch(() => undefined);
      const recipients = (await under.delivered()).flatMap((raw) =>
        headersOf(raw).filter((line) => /^(to|cc|bcc):/i.test(line)),
      );
      for (const line of recipients) expect(line).to.not.match(/, *eve@example\.org/);
    });

    it('3. keeps text that looks like headers in the text, and other alphabets whole', async () => {
      await under.mailer.send({
        ...mail,
        subject: 'Код для входа ✓',
        text: 'Привет\n\nBcc: eve@example.org\n.\n',
      });
      const [raw] = await under.delivered();
      expect(headersOf(raw!).some((line) => /^bcc/i.test(line))).to.equal(false);
      const encoded = headersOf(raw!)
        .find((line) => line.startsWith('Subject: '))!
        .slice('Subject: '.length);
      expect(decodedWords(encoded)).to.equal('Код для входа ✓');
    });
  });
};

/** RFC 2047, as far as the tests need it. */
const decodedWords = (text: string): string =>
  text.replace(/=\?UTF-8\?([BQ])\?([^?]*)\?=\s*/gi, (_, kind: string, word: string) =>
    kind.toUpperCase() === 'B'
      ? Buffer.from(word, 'base64').toString()
      : Buffer.from(
          word
            .replaceAll('_', ' ')
            .replace(/=([0-9A-F]{2})/gi, (__, hex: string) => String.fromCharCode(parseInt(hex, 16))),
          'latin1',
        ).toString(),
  );
