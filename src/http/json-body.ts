import type { CompiledRoute } from './compiled-route.ts';
import { refuseHttp, type HttpRefused } from './problem-reply.ts';
import { checkMediaType, hasBody, parseJson, readBody } from './request-body.ts';
import type { HttpContext } from './request-state.ts';
import type { Check } from './validation.ts';

export interface JsonBody {
  readonly ok: true;
  /** As sent: what an idempotency key is bound to. */
  readonly bytes: Buffer;
  /** Checked; `undefined` where the route takes none or none was sent. */
  readonly value: unknown;
}

const empty: JsonBody = { ok: true, bytes: Buffer.alloc(0), value: undefined };

/** Clients that send `{}` to a route without a body mean nothing by it. */
const mustBeEmpty: Check = (value) =>
  JSON.stringify(value) === '{}'
    ? undefined
    : {
        pointer: '',
        message: {
          en: 'must be empty: this address takes no body',
          ru: 'должно быть пустым: этот адрес не принимает тела',
        },
      };

/** Reads, parses and checks the body that a route takes. */
export const readJsonBody = async (
  ctx: HttpContext,
  { route, checkBody }: CompiledRoute,
  limit: number,
): Promise<JsonBody | HttpRefused> => {
  const mayBeEmpty = checkBody === undefined || route.bodyOptional === true;
  if (!hasBody(ctx.req)) return mayBeEmpty ? empty : parseJsonBody(empty.bytes, checkBody);
  const unsupported = checkMediaType(ctx.req);
  if (unsupported !== undefined) return unsupported;
  const bytes = await readBody(ctx.req, limit);
  if (!bytes.ok) return bytes;
  return bytes.value.length === 0 && mayBeEmpty ? empty : parseJsonBody(bytes.value, checkBody);
};

const parseJsonBody = (bytes: Buffer, checkBody: Check | undefined): JsonBody | HttpRefused => {
  const parsed = parseJson(bytes);
  if (!parsed.ok) return parsed;
  const invalid = (checkBody ?? mustBeEmpty)(parsed.value);
  if (invalid !== undefined) return refuseHttp('invalid_body', { errors: [invalid] });
  return { ok: true, bytes, value: checkBody === undefined ? undefined : parsed.value };
};
