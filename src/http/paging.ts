import { Type, type TSchema } from '@sinclair/typebox';
import type { PageRequest } from '../queries/page.ts';

/** Items of a page when a client does not say (SPEC 1). */
const defaultLimit = 20;

/** The parameters of every list. */
export const pageParameters = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, description: 'Items of the page, 20 by default.' }),
  ),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 2048, description: '`next_cursor` of the page before.' }),
  ),
};

export const pageRequest = (query: { readonly limit?: number; readonly cursor?: string }): PageRequest => ({
  limit: query.limit ?? defaultLimit,
  ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
});

/** @param $id the page's own name in the API document. */
export const PageSchema = <S extends TSchema>(items: S, $id: string) =>
  Type.Object(
    {
      items: Type.Array(items),
      next_cursor: Type.Union([Type.String(), Type.Null()], {
        description: 'Leads to the next page; null on the last one.',
      }),
    },
    { $id, additionalProperties: false },
  );
