import { EventStoreDBClient } from '@eventstore/db-client';
import type { ConnectionString } from './connection-string.ts';

/** One client, which is one HTTP/2 connection. */
interface Line {
  readonly client: EventStoreDBClient;
  readonly opened: number;
  calls: number;
  retired: boolean;
}

export interface ConnectionsOptions {
  readonly url: ConnectionString;
  /** Sets these connections apart from those of others to the same server, 0–9. */
  readonly kind: number;
  readonly onNotice: (sentence: string) => void;
}

/** A connection carries 100 calls at once; what comes after hangs (ENGINES, client 7). */
const callsPerLine = 80;
/** A lost server is dialled anew at most once in so many milliseconds. */
const redialAfter = 1_000;

/**
 * Clients, as many as the calls need. Clients with the same settings share one socket, also one that went dead: a new one
 * differs in its keep-alive by a millisecond or more.
 */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #lines = new Set<Line>();
  #made = 0;

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  /** To be given back by `release`. */
  acquire(): Line {
    for (const line of this.#lines) {
      if (line.retired || line.calls >= callsPerLine) continue;
      line.calls += 1;
      return line;
    }
    const line = { client: this.#dial(), opened: performance.now(), calls: 1, retired: false };
    this.#lines.add(line);
    return line;
  }

  release(line: Line): void {
    line.calls -= 1;
    if (line.retired && line.calls === 0) this.#hangUp(line);
  }

  /** The next call dials anew. */
  lost(line: Line): void {
    if (line.retired || performance.now() - line.opened < redialAfter) return;
    line.retired = true;
  }

  /** When no call is under way any more. */
  close(): void {
    for (const line of this.#lines) this.#hangUp(line);
  }

  #hangUp(line: Line): void {
    this.#lines.delete(line);
    line.client.dispose().catch(() => undefined);
    // Disposing leaves the socket open.
    line.client['getChannel']()
      .then((channel) => channel.close())
      .catch(() => undefined);
  }

  #dial(): EventStoreDBClient {
    const variant = this.#options.kind + 10 * (this.#made % 50);
    this.#made += 1;
    return warningsTo(this.#options.onNotice, () =>
      EventStoreDBClient.connectionString(this.#options.url.withKeepAlive(variant)),
    );
  }
}

/** The client warns on the console, also of the low keep-alive that we want. */
const warningsTo = <T>(onNotice: (sentence: string) => void, make: () => T): T => {
  const { console: own } = globalThis;
  const heard = {
    warn: (...words: unknown[]) => {
      const sentence = words.join(' ');
      if (!/^Specified KeepAliveInterval/.test(sentence)) onNotice(sentence);
    },
  };
  globalThis.console = Object.setPrototypeOf(heard, own) as Console;
  try {
    return make();
  } catch (error) {
    // The client's own message holds parts of the URL, which may be a password.
    throw new Error('The URL of EventStoreDB cannot be read as a connection string.', {
      cause: error instanceof Error ? error.name : undefined,
    });
  } finally {
    globalThis.console = own;
  }
};

export type { Line };
