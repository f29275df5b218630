import type { ErrorObject } from 'ajv/dist/2020.js';
import type { Said } from './problem-reply.ts';

const types: Readonly<Record<string, string>> = {
  string: 'текстом',
  integer: 'целым числом',
  number: 'числом',
  boolean: 'true или false',
  array: 'списком',
  object: 'объектом',
  null: 'null',
};

const limit = (error: ErrorObject): string => String((error.params as { limit?: number }).limit);

/** What a schema's keyword asked for, for people; the validator speaks English only. */
export const schemaMessage = (error: ErrorObject): Said => {
  const en = error.message ?? 'is not valid';
  switch (error.keyword) {
    case 'additionalProperties':
      return { en: 'must not be there: it is unknown', ru: 'лишнее: такого поля нет' };
    case 'required':
      return { en: 'is required', ru: 'обязательно' };
    case 'enum': {
      const allowed = (error.params as { allowedValues: unknown[] }).allowedValues.join(', ');
      return { en: `must be one of ${allowed}`, ru: `должно быть одним из: ${allowed}` };
    }
    case 'type': {
      const asked = [(error.params as { type: string | string[] }).type].flat();
      return { en, ru: `должно быть ${asked.map((type) => types[type] ?? type).join(' или ')}` };
    }
    case 'format':
      return { en, ru: `должно иметь формат ${(error.params as { format: string }).format}` };
    case 'minLength':
      return {
        en: `must be at least ${limit(error)} characters long`,
        ru: `длина должна быть не меньше ${limit(error)}`,
      };
    case 'maxLength':
      return {
        en: `must be at most ${limit(error)} characters long`,
        ru: `длина должна быть не больше ${limit(error)}`,
      };
    case 'minimum':
      return { en, ru: `должно быть не меньше ${limit(error)}` };
    case 'maximum':
      return { en, ru: `должно быть не больше ${limit(error)}` };
    case 'minItems':
      return {
        en: `must have at least ${limit(error)} items`,
        ru: `должно содержать не меньше ${limit(error)}`,
      };
    case 'minProperties':
      return {
        en: `must have at least ${limit(error)} of the fields that are allowed here`,
        ru: `должно содержать не меньше ${limit(error)} из допустимых полей`,
      };
    case 'maxItems':
      return {
        en: `must have at most ${limit(error)} items`,
        ru: `должно содержать не больше ${limit(error)}`,
      };
    case 'maxProperties':
      return {
        en: `must have at most ${limit(error)} fields`,
        ru: `должно содержать не больше ${limit(error)}`,
      };
    case 'uniqueItems':
      return { en, ru: 'не должно содержать повторов' };
    default:
      return { en, ru: 'имеет неверный вид' };
  }
};
