export interface Completed {
  readonly operations: number;
  /** Over the time until the last of them. */
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

/** Keeps `width` operations under way for so long; every one that was begun is waited for. */
export const keepInFlight = async (
  width: number,
  seconds: number,
  operation: () => Promise<unknown>,
): Promise<Completed> => {
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  const latencies: number[] = [];
  const worker = async (): Promise<void> => {
    for (let now = performance.now(); now < endsAt;) {
      await operation();
      const then = performance.now();
      latencies.push(then - now);
      now = then;
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  const took = (performance.now() - startedAt) / 1000;
  const order = Float64Array.from(latencies).sort();
  const at = (share: number): number => order[Math.floor((order.length - 1) * share)] ?? NaN;
  return { operations: order.length, perSecond: order.length / took, p50: at(0.5), p99: at(0.99) };
};
