import type { Millis } from '../core/clock.ts';

/** How the API behaves towards its network; everything has been checked by the configuration. */
export interface HttpOptions {
  /** 32 bytes: command ids, request MACs and hidden keys derive from it. Must stay the same across restarts. */
  readonly secret: Buffer;
  /** Bytes of a JSON body; more is 413. */
  readonly maxBody: number;
  /** Origins that browsers may call from with credentials: `https://app.example`. */
  readonly corsOrigins: readonly string[];
  /** How many reverse proxies in front may be believed about the client's address and scheme; 0 for none. */
  readonly trustProxy: number;
  /** Opens `/metrics` to others than the loopback. */
  readonly metricsToken: string | undefined;
  /** `Secure` on cookies: outside development. */
  readonly secureCookies: boolean;
  /** Whether other processes use the same ephemeral store: then running requests are marked there. */
  readonly sharedStores: boolean;
  /** How long a command waits for the read models, and a query for `Storyline-Min-Position`. */
  readonly consistencyTimeout: Millis;
}

/** Limits of the server itself; Node's defaults leave slow connections open for minutes (RELIABILITY "Input"). */
export interface ServerSettings {
  readonly headersTimeout: Millis;
  readonly requestTimeout: Millis;
  readonly keepAliveTimeout: Millis;
  readonly connectionsCheckingInterval: Millis;
  readonly maxConnections: number;
  readonly maxRequestsPerSocket: number;
  /** Bytes of all headers together; more is 431. */
  readonly maxHeaderSize: number;
}

export const defaultServerSettings: ServerSettings = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
  maxConnections: 10_000,
  maxRequestsPerSocket: 100_000,
  maxHeaderSize: 16 * 1024,
};
