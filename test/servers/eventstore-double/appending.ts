import { Metadata, status, type sendUnaryData, type ServerReadableStream } from '@grpc/grpc-js';
import type { AppendReq, AppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { Faults } from './faults.ts';
import type { DoubleHistory, Proposed } from './history.ts';
import { appended, expectedOf, nameOf, proposedOf, wrongVersion } from './messages.ts';

export type AppendCall = ServerReadableStream<AppendReq, AppendResp>;

/** For the whole append. */
const maxAppendSize = 1024 * 1024;

const failure = (code: status, details: string, more: Readonly<Record<string, string>> = {}) => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(more)) metadata.set(name, value);
  return { code, details, metadata };
};

const gone = failure(status.UNAVAILABLE, 'Server is shutting down');
const starting = failure(status.UNKNOWN, 'Could not recognize Server Is Not Ready');
const tooLarge = failure(status.INVALID_ARGUMENT, 'Maximum Append Size Exceeded.', {
  exception: 'maximum-append-size-exceeded',
  'maximum-append-size': String(maxAppendSize),
});
const malformed = failure(status.UNKNOWN, 'Exception was thrown by handler.');

/** The unary path of the client: options first, then the events. */
export const append = async (
  history: DoubleHistory,
  faults: Faults,
  call: AppendCall,
  callback: sendUnaryData<AppendResp>,
): Promise<void> => {
  let options: AppendReq.Options | undefined;
  const events: Proposed[] = [];
  for await (const message of call as AsyncIterable<AppendReq>) {
    if (message.hasOptions()) options = message.getOptions();
    else events.push(proposedOf(message.getProposedMessage()!));
  }
  await faults.gate();
  if (call.cancelled || options === undefined) return;
  const stream = nameOf(options.getStreamIdentifier());
  const size = events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
  if (faults.takeNotReady()) return callback(starting);
  if (stream === '' || events.some(({ type, id }) => type === '' || id === '')) return callback(malformed);
  if (size > maxAppendSize) return callback(tooLarge);
  const expected = expectedOf(options);
  const outcome = history.append(stream, expected, events);
  if (outcome.is === 'written' && faults.takeLostAnswer()) return callback(gone);
  callback(null, outcome.is === 'wrong' ? wrongVersion(expected, outcome.current) : appended(outcome));
};
