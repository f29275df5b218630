import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { serveArm } from '../harness/arm.ts';
import { keepInFlight } from '../harness/in-flight.ts';

/** The same work as checking a password, without anything around it. */
const salt = randomBytes(32);
const parameters = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 ** 2 };
const keyLength = 64;

const derive = (password: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password, salt, keyLength, parameters, (error, key) => {
      if (error === null) resolve(key);
      else reject(error);
    });
  });

const password = 'correct horse battery staple';
let expected: Buffer;

serveArm({
  start: async () => {
    expected = await derive(password);
  },
  run: ({ seconds }: { readonly seconds: number }) =>
    keepInFlight(availableParallelism(), seconds, async () => {
      if (!timingSafeEqual(await derive(password), expected)) throw new Error('The hash differs.');
    }),
  stop: () => undefined,
});
