import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { EventLog } from '../ports/event-log.ts';
import type { Health } from './services.ts';

/** What is measured; durations are in seconds. */
export interface Metrics {
  readonly registry: Registry;
  observeRequest(
    labels: { readonly route: string; readonly method: string; readonly status: number },
    seconds: number,
  ): void;
  observeCommand(seconds: number): void;
  observeAppend(seconds: number): void;
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Seconds since a `process.hrtime()`. */
export const secondsSince = (began: [number, number]): number => {
  const [seconds, nanos] = process.hrtime(began);
  return seconds + nanos / 1e9;
};

/** A registry of its own, so that two applications in one process do not mix (tests, benchmarks). */
export const createMetrics = (health: Pick<Health, 'lags'>): Metrics => {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Histogram({
    name: 'storyline_http_request_duration_seconds',
    help: 'Requests by route, method and status.',
    labelNames: ['route', 'method', 'status'] as const,
    buckets,
    registers,
  });
  const commands = new Histogram({
    name: 'storyline_command_duration_seconds',
    help: 'Time from a decision being asked for to its events being durable.',
    buckets,
    registers,
  });
  const appends = new Histogram({
    name: 'storyline_append_duration_seconds',
    help: 'Time of one append to the event log until it is durable.',
    buckets,
    registers,
  });
  lagGauge('events', 'Events that a projection has not applied yet.', health, registry);
  lagGauge('seconds', 'How long a projection has been behind the log.', health, registry);
  lagGauge('parked', 'Documents of a projection that a poison event stopped.', health, registry);
  return {
    registry,
    observeRequest: (labels, seconds) => requests.observe(labels, seconds),
    observeCommand: (seconds) => commands.observe(seconds),
    observeAppend: (seconds) => appends.observe(seconds),
  };
};

const lagGauge = (
  what: 'events' | 'seconds' | 'parked',
  help: string,
  health: Pick<Health, 'lags'>,
  registry: Registry,
): void => {
  const gauge: Gauge<'projection'> = new Gauge({
    name: `storyline_projection_${what === 'parked' ? 'parked_documents' : `lag_${what}`}`,
    help,
    labelNames: ['projection'] as const,
    registers: [registry],
    collect: async () => {
      for (const lag of await health.lags()) gauge.set({ projection: lag.projection }, lag[what]);
    },
  });
};

/** The log, with the time of its appends measured. */
export const measuredLog = (log: EventLog, metrics: Pick<Metrics, 'observeAppend'>): EventLog => ({
  append: async (stream, expected, events) => {
    const began = process.hrtime();
    const appended = await log.append(stream, expected, events);
    metrics.observeAppend(secondsSince(began));
    return appended;
  },
  readStream: (stream, options) => log.readStream(stream, options),
  readAll: (options) => log.readAll(options),
  follow: (after, signal) => log.follow(after, signal),
  head: () => log.head(),
  close: () => log.close(),
});
