import type { Ajv2020 } from 'ajv/dist/2020.js';

/** The two formats that events use, checked strictly and cheaply: ids and moments come from our own parsers. */
export const addEventFormats = (ajv: Ajv2020): Ajv2020 =>
  ajv
    .addFormat('uuid', /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    .addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
