import { createHash } from 'node:crypto';
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { Clock } from '../../core/clock.ts';
import type { Mail, Mailer } from '../../ports/mailer.ts';

export interface OutboxOptions {
  /** Where the `.eml` files go; made when missing. */
  readonly directory: string;
  /** The address that mails come from. */
  readonly from: string;
  /** For the `Date` header. */
  readonly clock: Clock;
}

/** Writes each mail as an RFC 5322 file, for a machine without a mail server. The same message id is the same file. */
export const openOutboxMailer = async ({ directory, from, clock }: OutboxOptions): Promise<Mailer> => {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return {
    send: async (mail) => {
      refuseLineBreaks(mail);
      const name = `${createHash('sha256').update(mail.messageId).digest('hex').slice(0, 32)}.eml`;
      await writeDurably(directory, name, await compose(mail, from, new Date(clock.now())));
    },
    close: async () => undefined,
  };
};

const refuseLineBreaks = (mail: Mail): void => {
  for (const field of ['messageId', 'to', 'subject'] as const) {
    if (/[\r\n\0]/.test(mail[field])) throw new TypeError(`The ${field} of a mail holds a line break.`);
  }
};

const compose = ({ messageId, to, subject, text }: Mail, from: string, date: Date): Promise<Buffer> =>
  new MailComposer({
    from,
    to: { name: '', address: to },
    subject,
    text,
    date,
    messageId,
    newline: 'windows',
  })
    .compile()
    .build();

/** Whole or not at all, also when the machine goes down. A counter keeps two writers of one mail apart. */
const writeDurably = async (directory: string, name: string, bytes: Buffer): Promise<void> => {
  const temporary = join(directory, `.${name}.${(writes += 1)}.tmp`);
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(directory, name));
  await syncDirectory(directory);
};

let writes = 0;

const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
