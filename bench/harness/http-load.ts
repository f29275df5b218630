import { HttpConnection } from './http-connection.ts';

/**
 * Keeps requests under way against one server and measures what comes back. Of its own because the known drivers need more
 * CPU a request than the servers they are to load: this one writes ready bytes and looks at nothing but status and length.
 */
export interface LoadPlan {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** Whole HTTP requests, sent in turn. */
  readonly requests: readonly string[];
  /** Requests a second over all connections; left out, as many as the server answers. */
  readonly rate?: number;
  /** How many answers to keep for a closer look, spread over the time. */
  readonly samples?: number;
}

export interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

export interface LoadResult {
  /** All answers, also those that came when the time was over: every request is waited for. */
  readonly answers: number;
  readonly statuses: Readonly<Record<string, number>>;
  /** Over the time until the last of them. */
  readonly perSecond: number;
  /** Milliseconds from sending a request to having its whole answer. */
  readonly p50: number;
  readonly p99: number;
  /** Share of one core that the driver itself took: near 1 it is the bottleneck. */
  readonly driverCpu: number;
  readonly samples: readonly Answer[];
}

export const load = async (plan: LoadPlan): Promise<LoadResult> => {
  const run = new LoadRun(plan);
  const connections = await Promise.all(
    Array.from({ length: plan.connections }, () => HttpConnection.open(plan.port, run.answered, run.failed)),
  );
  try {
    return await run.drive(connections);
  } finally {
    for (const connection of connections) connection.close();
  }
};

class LoadRun {
  readonly #plan: LoadPlan;
  readonly #requests: readonly Buffer[];
  readonly #latencies: number[] = [];
  readonly #statuses = new Map<number, number>();
  readonly #samples: Answer[] = [];
  readonly #idle: HttpConnection[] = [];
  readonly #ended = deferred();
  #startedAt = 0;
  #endsAt = 0;
  #sent = 0;

  constructor(plan: LoadPlan) {
    this.#plan = plan;
    this.#requests = plan.requests.map((text) => Buffer.from(text));
  }

  readonly failed = (error: Error): void => this.#ended.reject(error);

  readonly answered = (connection: HttpConnection, head: string, body: Buffer): void => {
    const now = performance.now();
    const status = Number(head.slice(9, 12));
    this.#latencies.push(now - connection.sentAt);
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    this.#sample(now, status, head, body);
    if (now < this.#endsAt && this.#plan.rate === undefined) this.#send(connection);
    else this.#idle.push(connection);
    this.#endWhenOver(now);
  };

  async drive(connections: readonly HttpConnection[]): Promise<LoadResult> {
    const cpuBefore = process.cpuUsage();
    this.#startedAt = performance.now();
    this.#endsAt = this.#startedAt + this.#plan.seconds * 1000;
    this.#idle.push(...connections);
    this.#sendWhatIsDue();
    const pacer = setInterval(() => this.#sendWhatIsDue(), 1);
    try {
      await this.#ended.promise;
    } finally {
      clearInterval(pacer);
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    const took = performance.now() - this.#startedAt;
    return this.#result(took / 1000, (user + system) / 1000 / took);
  }

  /** Without a rate everybody who is free sends; with one, somebody who is free sends what is due by now. */
  #sendWhatIsDue(): void {
    const now = performance.now();
    if (now < this.#endsAt) {
      const { rate } = this.#plan;
      const due = rate === undefined ? Infinity : ((now - this.#startedAt) / 1000) * rate;
      while (this.#idle.length > 0 && this.#sent < due) this.#send(this.#idle.shift()!);
    }
    this.#endWhenOver(now);
  }

  #send(connection: HttpConnection): void {
    connection.send(this.#requests[this.#sent % this.#requests.length]!);
    this.#sent += 1;
  }

  #endWhenOver(now: number): void {
    if (now >= this.#endsAt && this.#latencies.length === this.#sent) this.#ended.resolve();
  }

  #sample(now: number, status: number, head: string, body: Buffer): void {
    const { samples = 0, seconds } = this.#plan;
    if (this.#samples.length >= samples) return;
    if (now < this.#startedAt + (this.#samples.length * seconds * 1000) / samples) return;
    this.#samples.push({ status, head, body: body.toString('utf8') });
  }

  #result(seconds: number, driverCpu: number): LoadResult {
    const order = Float64Array.from(this.#latencies).sort();
    const at = (share: number): number => order[Math.floor((order.length - 1) * share)] ?? NaN;
    return {
      answers: order.length,
      statuses: Object.fromEntries(this.#statuses),
      perSecond: order.length / seconds,
      p50: at(0.5),
      p99: at(0.99),
      driverCpu,
      samples: this.#samples,
    };
  }
}

/** `Promise.withResolvers`, which Node 20 lacks. */
const deferred = () => {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
};
