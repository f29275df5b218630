import type { Mail } from '../ports/mailer.ts';

type Texts = (code: string, minutes: number) => Pick<Mail, 'subject' | 'text'>;

/** What goes to the owner of an address who asked for a one-time code. */
export const codeMail: Readonly<Record<'en' | 'ru', Texts>> = {
  en: (code, minutes) => ({
    subject: `${code} is your sign-in code`,
    text:
      `Your one-time code: ${code}\n\n` +
      `It is good for ${minutes} min and three tries. A newer code makes this one void.\n` +
      'If you did not ask for it, do nothing: nobody signs in without it.\n',
  }),
  ru: (code, minutes) => ({
    subject: `${code} — ваш код для входа`,
    text:
      `Ваш одноразовый код: ${code}\n\n` +
      `Он действует ${minutes} мин., попыток три. Новый код отменяет этот.\n` +
      'Если вы его не запрашивали, ничего не делайте: без кода никто не войдёт.\n',
  }),
};
