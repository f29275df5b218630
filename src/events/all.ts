import type { EventSchema } from './event-schema.ts';
import { logEventSchemas } from './log.ts';

/** Every version of every event that was ever written. */
export const eventSchemas: readonly EventSchema[] = [...logEventSchemas];
