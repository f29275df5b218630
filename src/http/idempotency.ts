import { createHmac } from 'node:crypto';
import type { Millis } from '../core/clock.ts';
import { deriveId, type CommandId } from '../core/ids.ts';
import type { EphemeralStore } from '../ports/ephemeral-store.ts';
import type { Answer } from './answer.ts';
import { refuseHttp, type HttpRefused } from './problem-reply.ts';

/** How long the first answer is kept. */
const keptFor: Millis = 24 * 3_600_000;

/** A crash frees the key after this; going on meanwhile is harmless, because streams recognise the command id. */
const lease: Millis = 10_000;

/** A request under an idempotency key: which intention it is, and what exactly was asked. */
export interface KeyedRequest {
  readonly commandId: CommandId;
  readonly mac: string;
}

interface Kept {
  readonly mac: string;
  /** `secret`: it was answered, and the handler computes the same answer again. */
  readonly state: 'running' | 'done' | 'secret';
  readonly answer?: Answer;
}

export type Begun =
  | { readonly is: 'first' }
  | { readonly is: 'replay'; readonly answer: Answer }
  | { readonly is: 'refused'; readonly refused: HttpRefused };

/** Visible ASCII and blanks, as header values arrive; `undefined` where there is no key. */
export const parseIdempotencyKey = (
  header: string | undefined,
): { readonly ok: true; readonly key: string | undefined } | HttpRefused =>
  header === undefined || /^[\x20-\x7e]{1,255}$/.test(header)
    ? { ok: true, key: header }
    : refuseHttp('invalid_parameter', {
        errors: [
          {
            pointer: '/header/Idempotency-Key',
            message: {
              en: 'must be 1 to 255 printable ASCII characters',
              ru: 'должно состоять из 1–255 печатных символов ASCII',
            },
          },
        ],
      });

/** Members of a body that prove who somebody is, where there is no account yet. */
const secretMembers = ['password', 'old_password', 'code', 'refresh_token'] as const;

/** What was sent to prove who calls: scopes the keys of requests without an account (SPEC 1). */
export const credentialsOf = (
  authorization: string | undefined,
  refreshCookie: string | undefined,
  body: unknown,
): readonly string[] => {
  const members = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  return [authorization, refreshCookie, ...secretMembers.map((name) => members[name])].map((part) =>
    typeof part === 'string' ? part : '',
  );
};

/** Signing in, waiting or letting another finish may change these. */
const passing = new Set([401, 409, 429]);

/** Kept are answers that a retry would only repeat; what passes or depends on others is tried anew. */
const worthKeeping = ({ status, headers }: Answer): boolean =>
  status < 500 && (!passing.has(status) || (status === 409 && headers['retry-after'] === undefined));

const hmac = (secret: Buffer, parts: readonly (string | Buffer)[]): string => {
  const mac = createHmac('sha256', secret);
  for (const part of parts) mac.update(`${part.length}:`).update(part);
  return mac.digest('base64url');
};

export interface Idempotency {
  identify(request: {
    /** The account, or the credentials where there is none. */
    readonly scope: readonly string[];
    readonly method: string;
    readonly routePath: string;
    readonly key: string;
    readonly path: string;
    readonly query: string;
    readonly body: Buffer;
  }): KeyedRequest;
  begin(request: KeyedRequest): Promise<Begun>;
  /** The first answer, if it was kept; begins nothing. */
  answered(request: KeyedRequest): Promise<Answer | undefined>;
  /** Keeps the answer when it is worth keeping, and lets the next one in. */
  finish(request: KeyedRequest, answer: Answer, secretReply: boolean): Promise<void>;
  /** After a fault: the client may try again at once. */
  abandon(request: KeyedRequest): Promise<void>;
}

export const createIdempotency = (options: {
  readonly ephemeral: EphemeralStore;
  readonly secret: Buffer;
  /** Where several processes serve, who runs is marked in their shared store; a process alone remembers it itself. */
  readonly shared: boolean;
}): Idempotency => {
  const { ephemeral, secret } = options;
  const runningHere = new Set<string>();
  const keyOf = ({ commandId }: KeyedRequest): string => `idempotency:${commandId}`;

  const look = async (request: KeyedRequest): Promise<Begun> => {
    const found = await ephemeral.get(keyOf(request));
    if (found === undefined) return { is: 'first' };
    const earlier = JSON.parse(found.value) as Kept;
    if (earlier.mac !== request.mac) return { is: 'refused', refused: refuseHttp('idempotency_key_reused') };
    if (earlier.state === 'running')
      return { is: 'refused', refused: refuseHttp('request_in_progress', { detail: { retry_after: 1 } }) };
    return earlier.answer === undefined ? { is: 'first' } : { is: 'replay', answer: earlier.answer };
  };

  const mark = async (request: KeyedRequest): Promise<boolean> => {
    const marker: Kept = { mac: request.mac, state: 'running' };
    const found = await ephemeral.get(keyOf(request));
    if (found !== undefined && (JSON.parse(found.value) as Kept).state !== 'secret') return false;
    const won = await ephemeral.compareAndSet(keyOf(request), found?.version, JSON.stringify(marker), lease);
    return won !== undefined;
  };

  const release = async (request: KeyedRequest): Promise<void> => {
    runningHere.delete(request.commandId);
    if (options.shared) await ephemeral.delete(keyOf(request));
  };

  return {
    identify: ({ scope, method, routePath, key, path, query, body }) => ({
      commandId: deriveId<CommandId>('command', hmac(secret, [...scope, method, routePath, key])),
      mac: hmac(secret, [method, path, query, body]),
    }),
    begin: async (request) => {
      if (runningHere.has(request.commandId))
        return { is: 'refused', refused: refuseHttp('request_in_progress', { detail: { retry_after: 1 } }) };
      runningHere.add(request.commandId);
      try {
        const begun = await look(request);
        if (begun.is === 'first' && (!options.shared || (await mark(request)))) return begun;
        runningHere.delete(request.commandId);
        return begun.is === 'first' ? await look(request) : begun;
      } catch (error) {
        runningHere.delete(request.commandId);
        throw error;
      }
    },
    answered: async (request) => {
      const found = await look(request);
      return found.is === 'replay' ? found.answer : undefined;
    },
    finish: async (request, answer, secretReply) => {
      if (!worthKeeping(answer)) return release(request);
      const record: Kept = secretReply
        ? { mac: request.mac, state: 'secret' }
        : { mac: request.mac, state: 'done', answer };
      try {
        await ephemeral.set(keyOf(request), JSON.stringify(record), keptFor);
      } finally {
        runningHere.delete(request.commandId);
      }
    },
    abandon: release,
  };
};
