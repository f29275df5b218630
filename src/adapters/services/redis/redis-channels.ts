import type { Redis } from 'ioredis';
import type { Unsubscribe } from '../../../ports/ephemeral-store.ts';

type Listener = (message: string) => void;

/** Listeners of this process, over one connection that does nothing else. */
export interface RedisChannels {
  subscribe(channel: string, listener: Listener): Promise<Unsubscribe>;
}

export const createRedisChannels = (subscriber: Redis, prefix: string): RedisChannels => {
  const listeners = new Map<string, Set<{ readonly hear: Listener }>>();

  subscriber.on('message', (channel: string, message: string) => {
    for (const { hear } of listeners.get(channel.slice(prefix.length)) ?? []) {
      try {
        hear(message);
      } catch {
        // One listener's mistake is nobody else's; it has its own way to tell of it.
      }
    }
  });

  return {
    subscribe: async (channel, hear) => {
      const known = listeners.get(channel) ?? new Set();
      listeners.set(channel, known);
      // Awaited by everybody, as the first one's subscription may still be on its way.
      await subscriber.subscribe(prefix + channel);
      const own = { hear };
      known.add(own);
      return () => {
        known.delete(own);
        if (known.size > 0 || listeners.get(channel) !== known) return;
        listeners.delete(channel);
        subscriber.unsubscribe(prefix + channel).catch(() => undefined);
      };
    },
  };
};
