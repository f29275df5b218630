import { Type, type Static, type TObject, type TProperties, type TSchema } from '@sinclair/typebox';
import type { Brand } from '../core/brand.ts';
import type { Instant } from '../core/clock.ts';

/** What a personal field holds once its subject's key is destroyed. */
export interface Erased {
  readonly erased: true;
}

export const erased: Erased = Object.freeze({ erased: true });

/** A field that is encrypted in the log; every reader must cope with its erasure. */
export type Personal<T> = T | Erased;

export const isErased = (value: unknown): value is Erased =>
  typeof value === 'object' && value !== null && (value as Partial<Erased>).erased === true;

/** The text, or `null` where it was erased. */
export const orNull = <T>(value: Personal<T>): T | null => (isErased(value) ? null : value);

const personalMark = 'storyline:personal';

/** Marks a top-level field of an event as personal: it goes into the sealed box of the event's subject. */
export const PersonalField = <S extends TSchema>(schema: S) =>
  Type.Unsafe<Personal<Static<S>>>({ ...schema, [personalMark]: true });

export const isPersonalField = (schema: TSchema): boolean => schema[personalMark] === true;

/** A UUID of one kind. */
export const IdField = <Id extends Brand<string, string>>() =>
  Type.Unsafe<Id>(Type.String({ format: 'uuid' }));

export const InstantField = () => Type.Unsafe<Instant>(Type.String({ format: 'date-time' }));

export const Nullable = <S extends TSchema>(schema: S) =>
  Type.Unsafe<Static<S> | null>({ ...schema, type: [schema['type'], 'null'] });

/** One version of one event type, as it is written. */
export interface EventSchema<
  T extends string = string,
  V extends number = number,
  F extends TProperties = TProperties,
> {
  readonly type: T;
  readonly version: V;
  /** All fields but `type` and `v`; personal ones are marked. */
  readonly fields: TObject<F>;
  /** The field that names whose personal fields these are; required when there is one. */
  readonly subject: string | undefined;
}

/** A change of records for `app.log`: what was created, updated or deleted by an event of this type. */
export const defineEvent = <const T extends string, const V extends number, F extends TProperties>(
  type: T,
  version: V,
  fields: F,
  subject?: keyof F & string,
): EventSchema<T, V, F> => {
  const personal = Object.values(fields).some(isPersonalField);
  if (personal && subject === undefined)
    throw new Error(`${type} v${version} has personal fields but names no subject.`);
  return { type, version, fields: Type.Object(fields, { additionalProperties: false }), subject };
};

/** The event as code handles it: flat, with its type and version. */
export type EventOf<S> =
  S extends EventSchema<infer T, infer V, infer F>
    ? { readonly type: T; readonly v: V } & {
        readonly [K in keyof Static<TObject<F>>]: Static<TObject<F>>[K];
      }
    : never;

/** Any event, where code is generic over all of them. */
export interface DomainEvent {
  readonly type: string;
  readonly v: number;
}
