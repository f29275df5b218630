/** What a test makes the double do wrong. */
export class Faults {
  readonly #frozen: (() => void)[] = [];
  readonly #subscriptions = new Set<(kind: SubscriptionFault) => void>();
  #isFrozen = false;
  #lostAnswers = 0;
  #notReady = 0;
  /** As 23.10 does with a subscriber that is this many events behind and does not read; 24.2 serves it on. */
  dropBehind = Infinity;

  /** The next `count` appends land, but their writers are told that the server is gone. */
  loseAnswers(count: number): void {
    this.#lostAnswers = count;
  }

  /** The next `count` appends are answered as by a server that has just started. */
  notReady(count: number): void {
    this.#notReady = count;
  }

  /** Ends every open subscription with an error. */
  dropSubscriptions(kind: SubscriptionFault): void {
    for (const drop of [...this.#subscriptions]) drop(kind);
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** Nothing is answered, nothing is delivered, nothing is written. */
  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const go of this.#frozen.splice(0)) go();
  }

  /** For the double itself: waits while it is frozen. */
  async gate(): Promise<void> {
    while (this.#isFrozen) await new Promise<void>((resolve) => this.#frozen.push(resolve));
  }

  takeLostAnswer(): boolean {
    if (this.#lostAnswers === 0) return false;
    this.#lostAnswers -= 1;
    return true;
  }

  takeNotReady(): boolean {
    if (this.#notReady === 0) return false;
    this.#notReady -= 1;
    return true;
  }

  subscribed(drop: (kind: SubscriptionFault) => void): () => void {
    this.#subscriptions.add(drop);
    return () => this.#subscriptions.delete(drop);
  }
}

/** `slow`: "consumer too slow"; `gone`: the server goes down; `ended`: it ends them as if all was said. */
export type SubscriptionFault = 'slow' | 'gone' | 'ended';
