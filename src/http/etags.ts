import { hash } from 'node:crypto';
import { refuseHttp, type HttpRefused } from './problem-reply.ts';

/** Strong: `"<revision>.<hash>"`. The revision is the entity's own, the hash covers the whole representation (SPEC 1). */
export const entityTag = (revision: number, body: string): string =>
  `"${revision}.${hash('sha1', body, 'base64url').slice(0, 16)}"`;

/** RFC 9110 13.1.2: weak comparison, and `*` means anything. */
export const noneMatch = (header: string, tag: string): boolean =>
  header.trim() === '*' ||
  header.split(',').some((candidate) => candidate.trim().replace(/^W\//, '') === tag);

export type IfMatch = { readonly ok: true; readonly revision: number | undefined } | HttpRefused;

/** `If-Match` compares the revision only: a new like does not stop an edit. `*` asks for nothing more than existence. */
export const parseIfMatch = (header: string | undefined): IfMatch => {
  if (header === undefined || header.trim() === '*') return { ok: true, revision: undefined };
  // If-Match compares strongly, and a weak tag is never equal (RFC 9110 13.1.1).
  if (/^\s*W\//.test(header)) return refuseHttp('precondition_failed');
  const match = /^\s*"(\d{1,15})(\.[A-Za-z0-9_-]{1,64})?"\s*$/.exec(header);
  if (match === null)
    return refuseHttp('invalid_parameter', {
      errors: [
        {
          pointer: '/header/If-Match',
          message: {
            en: 'must be one ETag of this resource, or *',
            ru: 'должно быть одним ETag этого ресурса или *',
          },
        },
      ],
    });
  return { ok: true, revision: Number(match[1]) };
};
