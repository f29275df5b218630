import { accountEvents } from './account.ts';
import { commentEvents } from './comment.ts';
import type { EventOf, EventSchema } from './event-schema.ts';
import { likeEvents } from './like.ts';
import { logEventSchemas } from './log.ts';
import { nameClaimEvents } from './name-claim.ts';
import { postEvents } from './post.ts';

const everyVersion = [
  ...logEventSchemas,
  ...accountEvents,
  ...nameClaimEvents,
  ...postEvents,
  ...commentEvents,
  ...likeEvents,
] as const;

/** Every version of every event that was ever written. */
export const eventSchemas: readonly EventSchema[] = everyVersion;

/** Any event there is, where code is closed over all of them. */
export type AnyEvent = EventOf<(typeof everyVersion)[number]>;
