import type { Logger } from 'pino';
import type { Credentials } from '../commands/credentials.ts';
import type { CommandBus } from '../commands/execute.ts';
import type { OneTimeCodes } from '../commands/one-time-codes.ts';
import type { Presence } from '../commands/presence.ts';
import type { Registration } from '../commands/registration.ts';
import type { Sessions } from '../commands/sessions.ts';
import type { Chance, Clock, Millis } from '../core/clock.ts';
import type { Ids, UserId } from '../core/ids.ts';
import type { Position } from '../core/position.ts';
import type { Result } from '../core/result.ts';
import type { Recorded } from '../events/codec.ts';
import type { EphemeralStore } from '../ports/ephemeral-store.ts';
import type { EventLog } from '../ports/event-log.ts';
import type { PasswordHasher } from '../ports/password-hasher.ts';
import type { ReadModels } from '../projections/all.ts';
import type { Language } from './problems.ts';
import type { Metrics } from './metrics.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Caller } from './route.ts';

export type TokenRefusal =
  'token_invalid' | 'token_expired' | 'token_rotated' | 'session_superseded' | 'session_revoked';

/**
 * Checks access tokens against their live sessions and notes that their owner was seen.
 *
 * A refusal's `detail.message` replaces the problem's text: the one for a superseded session is written in `language`.
 * Throws `EphemeralStoreUnavailable` when the session cannot be read (503): nobody is let in unchecked.
 */
export interface Authenticator {
  authenticate(token: string, language: Language): Promise<Result<Caller, TokenRefusal>>;
  /** Whose token it is, by its signature alone: the session may be over. For answers that were given before. */
  ownerOf(token: string): UserId | undefined;
}

/** Whether the read models show something yet; `pending` when the time was over first (ARCHITECTURE rule 14). */
export interface Consistency {
  /** Waits for the projections whose `keys` name one of the events, in the partitions concerned. */
  waitFor(events: readonly Recorded[], timeout: Millis): Promise<'shown' | 'pending'>;
  /** Waits until every read model is at `position`. */
  waitForPosition(position: Position, timeout: Millis): Promise<'shown' | 'pending'>;
}

/** How far one projection is behind the log. */
export interface ProjectionLag {
  readonly projection: string;
  readonly events: number;
  readonly seconds: number;
  /** Documents that a poison event stopped. */
  readonly parked: number;
}

/** What `/ready` and `/metrics` tell operators. */
export interface Health {
  /** Why the process should get no traffic; empty when it is ready. One sentence each, without secrets. */
  notReady(): Promise<readonly string[]>;
  lags(): Promise<readonly ProjectionLag[]>;
}

/** Everything that route handlers may use, made once in `compose.ts`. */
export interface Services {
  readonly bus: CommandBus;
  readonly models: ReadModels;
  readonly log: EventLog;
  readonly logId: string;
  readonly ephemeral: EphemeralStore;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly ids: Ids;
  readonly authenticator: Authenticator;
  readonly sessions: Sessions;
  readonly credentials: Credentials;
  readonly codes: OneTimeCodes;
  readonly registration: Registration;
  readonly passwords: PasswordHasher;
  readonly presence: Presence;
  readonly consistency: Consistency;
  readonly rateLimits: RateLimits;
  /** Origins of other sites that browsers may call from with credentials (`CORS_ORIGINS`). */
  readonly allowedOrigins: readonly string[];
  readonly health: Health;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** How long whoever deleted something may bring it back. */
  readonly restoreWindow: Millis;
}
