import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { Chance, Millis } from '../core/clock.ts';
import { deriveId, type CommandId } from '../core/ids.ts';
import { ok, refuse, type Result } from '../core/result.ts';
import { isErased } from '../events/event-schema.ts';
import type { EphemeralStore } from '../ports/ephemeral-store.ts';
import type { Mailer } from '../ports/mailer.ts';
import type { RegisteredAccount } from './accounts/account.ts';
import { codeMail } from './code-mail.ts';
import type { Credentials, Login } from './credentials.ts';
import type { NameKeys } from './name-keys.ts';

export interface OneTimeCodes {
  /** Makes the newest code and mails it. Nothing in the answer, nor in its time, tells whether there is an account. */
  request(login: Login, commandId: CommandId, language: 'en' | 'ru'): Promise<void>;
  /** Uses the code up. A repeat of the same command may use it again. */
  verify(
    login: Login,
    code: string,
    commandId: CommandId,
  ): Promise<Result<ProvenByCode, 'code_wrong' | 'too_many_attempts'>>;
  /** Waits for the mails under way. */
  close(): Promise<void>;
}

export interface ProvenByCode {
  readonly account: RegisteredAccount;
  /** Of the address that the code went to: whoever knows the code reads its mail. */
  readonly emailKey: string;
}

/** Crockford's base 32: no I, L, O, U, so that nothing looks like 1 or 0. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const codeLength = 4;
const attemptsPerCode = 3;
const codesPerDay = 10;
const failuresPerDay = 30;
const day: Millis = 86_400_000;

interface KeptCode {
  readonly id: string;
  readonly mac: string;
  readonly emailKey: string | null;
  /** The command that used it. */
  readonly usedBy?: CommandId;
}

/** As it was typed, in any case, with the letters that people read into digits. */
const normalise = (code: string): string =>
  code.toUpperCase().replaceAll('O', '0').replaceAll('I', '1').replaceAll('L', '1');

export const createOneTimeCodes = (options: {
  readonly credentials: Credentials;
  readonly nameKeys: NameKeys;
  readonly ephemeral: EphemeralStore;
  readonly mailer: Mailer;
  readonly chance: Chance;
  /** Codes are kept as HMAC only. */
  readonly key: KeyObject;
  readonly ttl: Millis;
  readonly onError: (error: unknown) => void;
}): OneTimeCodes => {
  const { credentials, nameKeys, ephemeral, mailer, chance, key, ttl, onError } = options;
  const mails = new Set<Promise<void>>();

  const macOf = (subject: string, id: string, code: string): Buffer =>
    createHmac('sha256', key).update(`${subject}\u0000${id}\u0000${code}`).digest();

  /** Whoever a login means, or the same somebody each time that it means nobody: both are counted alike. */
  const subjectOf = ({ kind, name }: Login, found: RegisteredAccount | undefined): string =>
    found?.userId ?? deriveId('nobody', nameKeys(kind, name));

  const failures = (subject: string, by: number) => ephemeral.increment(`code-failures:${subject}`, by, day);

  const send = (account: RegisteredAccount, code: string, id: string, language: 'en' | 'ru'): void => {
    if (account.email === null || isErased(account.email)) return;
    const mail = codeMail[language](code, Math.max(1, Math.round(ttl / 60_000)));
    const messageId = `<code-${id}@storyline>`;
    // Not waited for, as the time it takes would tell that there is an account.
    const sending = mailer
      .send({ messageId, to: account.email, ...mail })
      .catch(onError)
      .finally(() => mails.delete(sending));
    mails.add(sending);
  };

  const request: OneTimeCodes['request'] = async (login, commandId, language) => {
    const found = await credentials.find(login);
    const subject = subjectOf(login, found);
    const made = await ephemeral.increment(`code-day:${subject}`, 1, day);
    if (made.count > codesPerDay || (await failures(subject, 0)).count >= failuresPerDay) return;
    const bytes = chance.bytes(codeLength);
    const code = Array.from(bytes, (byte) => alphabet[byte % alphabet.length]!).join('');
    const id = deriveId('one-time-code', commandId);
    const mailed = found !== undefined && !found.disabled && found.emailKey !== null ? found : undefined;
    const mac = (mailed === undefined ? chance.bytes(32) : macOf(subject, id, code)).toString('base64url');
    const kept: KeptCode = { id, mac, emailKey: mailed?.emailKey ?? null };
    await ephemeral.set(`code:${subject}`, JSON.stringify(kept), ttl);
    if (mailed !== undefined) send(mailed, code, id, language);
  };

  const verify: OneTimeCodes['verify'] = async (login, typed, commandId) => {
    const found = await credentials.find(login);
    const subject = subjectOf(login, found);
    const stored = await ephemeral.get(`code:${subject}`);
    if (stored === undefined) return refuse('code_wrong', { attempts_left: 0 });
    const kept = JSON.parse(stored.value) as KeptCode;
    // Counted before the comparison, so that neither many at once nor a crash win a try.
    const attempts = await ephemeral.increment(`code-attempts:${subject}:${kept.id}`, 1, ttl);
    const repeat = kept.usedBy === commandId;
    if (attempts.count > attemptsPerCode && !repeat) return refuse('code_wrong', { attempts_left: 0 });
    const failed = await failures(subject, 1);
    if (failed.count > failuresPerDay)
      return refuse('too_many_attempts', { retry_after: Math.ceil(failed.expiresIn / 1000) });
    const left = { attempts_left: attemptsPerCode - Math.min(attempts.count, attemptsPerCode) };
    const matches = timingSafeEqual(
      macOf(subject, kept.id, normalise(typed)),
      Buffer.from(kept.mac, 'base64url'),
    );
    if (!matches || found === undefined || kept.emailKey === null) return refuse('code_wrong', left);
    // It went to an address that is not the account's any more.
    if (kept.emailKey !== found.emailKey) return refuse('code_wrong', left);
    if (kept.usedBy !== undefined && !repeat) return refuse('code_wrong', { attempts_left: 0 });
    if (!repeat) {
      const used = JSON.stringify({ ...kept, usedBy: commandId });
      const won = await ephemeral.compareAndSet(`code:${subject}`, stored.version, used, ttl);
      if (won === undefined) return refuse('code_wrong', { attempts_left: 0 });
    }
    await failures(subject, -failed.count);
    return ok({ account: found, emailKey: kept.emailKey });
  };

  return {
    request,
    verify,
    close: async () => {
      await Promise.all(mails);
    },
  };
};
