import type { Ajv2020 } from 'ajv/dist/2020.js';
import { uuid } from '../core/ids.ts';

/** The two formats that events use, checked strictly and cheaply: ids and moments come from our own parsers. */
export const addEventFormats = (ajv: Ajv2020): Ajv2020 =>
  ajv.addFormat('uuid', uuid).addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
