import type { Unsubscribe } from '../../../ports/ephemeral-store.ts';

type Listener = (message: string) => void;

/** Signals within this process, which is the only one on embedded engines. */
export interface Channels {
  publish(channel: string, message: string): void;
  subscribe(channel: string, listener: Listener): Unsubscribe;
}

export const openChannels = (onNotice: (sentence: string) => void): Channels => {
  const channels = new Map<string, Set<{ readonly listener: Listener }>>();

  return {
    publish: (channel, message) => {
      for (const { listener } of [...(channels.get(channel) ?? [])]) {
        try {
          listener(message);
        } catch (error) {
          onNotice(`A listener of channel ${channel} threw: ${String(error)}`);
        }
      }
    },
    subscribe: (channel, listener) => {
      const subscription = { listener };
      const subscriptions = channels.get(channel) ?? new Set();
      channels.set(channel, subscriptions.add(subscription));
      return () => {
        subscriptions.delete(subscription);
        if (subscriptions.size === 0 && channels.get(channel) === subscriptions) channels.delete(channel);
      };
    },
  };
};
