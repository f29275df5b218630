import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openOutboxMailer } from '../../src/adapters/embedded/outbox-mailer.ts';
import type { Clock } from '../../src/core/clock.ts';
import { mailerContract, type MailerUnderTest } from './mailer.contract.ts';

const clock: Clock = { now: () => Date.UTC(2026, 10, 21, 12), sleep: async () => undefined };

const open = async (): Promise<MailerUnderTest & { readonly directory: string }> => {
  const root = mkdtempSync(join(tmpdir(), 'storyline-'));
  const directory = join(root, 'outbox');
  const mailer = await openOutboxMailer({ directory, from: 'Storyline <no-reply@storyline.example>', clock });
  return {
    mailer,
    directory,
    delivered: async () => readdirSync(directory).map((name) => readFileSync(join(directory, name), 'utf8')),
    remove: async () => {
      await mailer.close();
      rmSync(root, { recursive: true });
    },
  };
};

mailerContract('The outbox', open);

describe('The outbox', () => {
  const mail = { messageId: '<a@storyline.example>', to: 'ann@example.org', subject: 'Hello', text: 'Hello' };

  it('holds one file for one message id, and no temporary ones', async () => {
    const { mailer, directory, remove } = await open();
    try {
      await Promise.all([
        mailer.send(mail),
        mailer.send(mail),
        mailer.send({ ...mail, messageId: '<b@storyline.example>' }),
      ]);
      expect(readdirSync(directory)).to.have.length(2);
      for (const name of readdirSync(directory)) expect(name).to.match(/^[0-9a-f]{32}\.eml$/);
    } finally {
      await remove();
    }
  });

  it('dates a mail by the injected clock and says who it is from', async () => {
    const { mailer, delivered, remove } = await open();
    try {
      await mailer.send(mail);
      const [raw] = await delivered();
      expect(raw)
        .to.include('Date: Sat, 21 Nov 2026 12:00:00 +0000')
        .and.include('From: Storyline <no-reply@storyline.example>');
    } finally {
      await remove();
    }
  });
});
