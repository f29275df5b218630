import { accountEvents } from './account.ts';
import { commentEvents } from './comment.ts';
import type { EventSchema } from './event-schema.ts';
import { likeEvents } from './like.ts';
import { logEventSchemas } from './log.ts';
import { nameClaimEvents } from './name-claim.ts';
import { postEvents } from './post.ts';

/** Every version of every event that was ever written. */
export const eventSchemas: readonly EventSchema[] = [
  ...logEventSchemas,
  ...accountEvents,
  ...nameClaimEvents,
  ...postEvents,
  ...commentEvents,
  ...likeEvents,
];
