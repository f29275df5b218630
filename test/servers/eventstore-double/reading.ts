import { randomUUID } from 'node:crypto';
import { Metadata, status, type ServerWritableStream } from '@grpc/grpc-js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { Faults, SubscriptionFault } from './faults.ts';
import type { DoubleHistory, Stored } from './history.ts';
import { caughtUp, checkpoint, confirmation, found, nameOf, passes, streamNotFound } from './messages.ts';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

const failure = (code: status, details: string) => ({ code, details, metadata: new Metadata() });

/** A position that no event begins at, and that is not beyond the end, is one the server cannot read from. */
const indexAt = (history: DoubleHistory, position: bigint): number | undefined => {
  const index = history.indexOf(position);
  const event = history.all[index];
  return event === undefined || event.position === position ? index : undefined;
};

/** Resolves when the call takes more, or is over. */
const write = (call: ReadCall, message: ReadResp): Promise<void> | undefined => {
  if (call.cancelled || call.destroyed || call.write(message)) return undefined;
  return new Promise((resolve) => {
    const go = (): void => {
      for (const event of ['drain', 'cancelled', 'close', 'error']) call.off(event, go);
      resolve();
    };
    for (const event of ['drain', 'cancelled', 'close', 'error']) call.on(event, go);
  });
};

/** What a read that is no subscription answers, or the error it ends with. */
const asked = (
  history: DoubleHistory,
  options: ReadReq.Options,
): readonly Stored[] | 'no-stream' | 'unknown' => {
  const backwards = options.getReadDirection() === streams.ReadReq.Options.ReadDirection.BACKWARDS;
  const count = Number(options.getCount());
  const stream = options.getStream();
  if (stream !== undefined) {
    const events = history.stream(nameOf(stream.getStreamIdentifier()));
    if (events === undefined) return 'no-stream';
    const from = stream.hasRevision() ? Number(stream.getRevision()) : backwards ? events.length - 1 : 0;
    return backwards
      ? events.slice(Math.max(0, from + 1 - count), from + 1).toReversed()
      : events.slice(stream.hasEnd() ? events.length : from, from + count);
  }
  const all = options.getAll()!;
  const place = all.getPosition();
  const from =
    place === undefined
      ? all.hasEnd()
        ? history.all.length
        : 0
      : indexAt(history, BigInt(place.getCommitPosition()));
  if (from === undefined) return 'unknown';
  // Backwards from a position it does not answer the event there; from the end there is none.
  return backwards
    ? history.all.slice(Math.max(0, from - count), from).toReversed()
    : history.all.slice(from, from + count);
};

const answer = async (history: DoubleHistory, call: ReadCall, options: ReadReq.Options): Promise<void> => {
  const events = asked(history, options);
  if (events === 'unknown') {
    call.emit('error', failure(status.UNKNOWN, 'Unexpected ReadAllResult: InvalidPosition'));
    return;
  }
  if (events === 'no-stream')
    await write(call, streamNotFound(nameOf(options.getStream()?.getStreamIdentifier())));
  else for (const event of events) await write(call, found(event));
  call.end();
};

const drops: Readonly<Record<Exclude<SubscriptionFault, 'ended'>, ReturnType<typeof failure>>> = {
  slow: failure(status.ABORTED, 'Operation timed out: Client resubscription required'),
  gone: failure(status.UNAVAILABLE, 'Server is shutting down'),
};

/** Confirmation, what is there, caught up, what comes; live events as they are written, each consumer at its own pace. */
const subscribe = async (
  history: DoubleHistory,
  faults: Faults,
  call: ReadCall,
  options: ReadReq.Options,
): Promise<void> => {
  const all = options.getAll()!;
  const place = all.getPosition();
  const position = place === undefined ? undefined : BigInt(place.getCommitPosition());
  let next = all.hasEnd() ? history.all.length : position === undefined ? 0 : indexAt(history, position);
  if (next === undefined) {
    call.emit('error', failure(status.UNKNOWN, 'Unexpected ReadAllResult: InvalidPosition'));
    return;
  }
  const isOurs = passes(options);
  const interval = options.getFilter()?.getCheckpointintervalmultiplier() ?? Infinity;
  let over = false;
  let wake = (): void => undefined;
  const end = (kind: SubscriptionFault): void => {
    over = true;
    if (kind === 'ended') call.end();
    else call.emit('error', drops[kind]);
    wake();
  };
  let held = false;
  const grown = (): void => {
    if (held && history.all.length - (next ?? 0) > faults.dropBehind) end('slow');
    wake();
  };
  const released = [history.onGrown(grown), faults.subscribed(end)];
  call.on('cancelled', () => {
    over = true;
    wake();
  });
  await write(call, confirmation(randomUUID()));
  let scanned = 0;
  let saidCaughtUp = false;
  while (!over) {
    await faults.gate();
    const event = history.all[next];
    // Beyond the end it is silent until the log comes there.
    if (event === undefined) {
      if (!saidCaughtUp) await write(call, caughtUp());
      saidCaughtUp = true;
      if (history.all.length <= next) await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    next += 1;
    if (position !== undefined && event.position <= position) continue;
    if (isOurs(event)) {
      held = true;
      await write(call, found(event));
      held = false;
    }
    scanned += 1;
    if (!over && scanned % interval === 0) await write(call, checkpoint(event.position));
  }
  for (const release of released) release();
};

export const read = async (history: DoubleHistory, faults: Faults, call: ReadCall): Promise<void> => {
  await faults.gate();
  const options = call.request.getOptions()!;
  await (options.hasSubscription()
    ? subscribe(history, faults, call, options)
    : answer(history, call, options));
};
