import { Type } from '@sinclair/typebox';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { addEventFormats } from './event-formats.ts';
import { isPersonalField, type EventSchema } from './event-schema.ts';

/** One half of an event's fields: those in the clear, or those that are sealed. */
export interface FieldSet {
  readonly names: readonly string[];
  readonly validate: ValidateFunction;
}

export interface CompiledSchema {
  readonly schema: EventSchema;
  readonly plain: FieldSet;
  readonly personal: FieldSet;
}

export type CompiledSchemas = (type: string, version: number) => CompiledSchema | undefined;

/** @throws Error when a type and version is declared twice. */
export const compileSchemas = (schemas: readonly EventSchema[]): CompiledSchemas => {
  const ajv = addEventFormats(
    new Ajv2020({ strict: true, allowUnionTypes: true, keywords: ['storyline:personal'] }),
  );
  const compiled = new Map<string, CompiledSchema>();
  for (const schema of schemas) {
    const name = `${schema.type}/${schema.version}`;
    if (compiled.has(name)) throw new Error(`Event ${name} is declared twice.`);
    const fields = Object.entries(schema.fields.properties);
    const part = (personal: boolean): FieldSet => {
      const own = fields.filter(([, field]) => isPersonalField(field) === personal);
      const validate = ajv.compile(Type.Object(Object.fromEntries(own), { additionalProperties: false }));
      return { names: own.map(([field]) => field), validate };
    };
    compiled.set(name, { schema, plain: part(false), personal: part(true) });
  }
  return (type, version) => compiled.get(`${type}/${version}`);
};
