import { Type } from '@sinclair/typebox';
import type { UserId } from '../core/ids.ts';
import { defineEvent, IdField, InstantField, type EventOf } from './event-schema.ts';

const claim = { holder: IdField<UserId>(), claim: Type.String({ format: 'uuid' }), at: InstantField() };

/** The name is the holder's to take until `until`. */
export const nameClaimed = defineEvent('NameClaimed', 1, { ...claim, until: InstantField() });

/** The holder's account carries the name. */
export const nameConfirmed = defineEvent('NameConfirmed', 1, claim);

export const nameReleased = defineEvent('NameReleased', 1, claim);

export const nameClaimEvents = [nameClaimed, nameConfirmed, nameReleased] as const;

/** Everything that can happen to one unique name. Streams: `username-<hmac>`, `email-<hmac>`; they hold no name. */
export type NameClaimEvent = EventOf<(typeof nameClaimEvents)[number]>;
