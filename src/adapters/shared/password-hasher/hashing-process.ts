import * as scryptKdf from 'scrypt-kdf';

/** Its declarations name exports, its code has a default one. */
const Scrypt = (scryptKdf as unknown as { default: Pick<typeof scryptKdf, 'kdf' | 'verify'> }).default;

/** One request of the parent; without `hash` the password is hashed, with it compared. */
export interface HashingRequest {
  readonly id: number;
  readonly password: string;
  readonly hash?: string;
}

export interface HashingReply {
  readonly id: number;
  readonly hash?: string;
  readonly matches?: boolean;
  readonly failed?: string;
}

/** The program that the parent forks: its whole thread pool is there to be filled with scrypt. */
const cost = { logN: Number(process.argv[2]), r: 8, p: 1 };

const answer = async ({ id, password, hash }: HashingRequest): Promise<HashingReply> => {
  if (hash !== undefined) return { id, matches: await Scrypt.verify(hash, password) };
  return { id, hash: Buffer.from(await Scrypt.kdf(password, cost)).toString('base64') };
};

const onRequest = async (request: HashingRequest): Promise<void> => {
  const reply = await answer(request).catch((error: unknown) => ({ id: request.id, failed: String(error) }));
  process.send?.(reply);
};

process.on('message', (request: HashingRequest) => void onRequest(request));
process.on('disconnect', () => {
  process.exit(0);
});
/** A terminal's Ctrl-C reaches children too; the parent decides when the last password is done. */
process.on('SIGINT', () => undefined);
