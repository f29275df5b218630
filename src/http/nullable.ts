import { Type, type TSchema } from '@sinclair/typebox';

/** What the schema says, or `null`. */
export const Nullable = <S extends TSchema>(schema: S) => Type.Union([schema, Type.Null()]);
