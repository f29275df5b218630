import { Server, ServerCredentials, status, type sendUnaryData, type UntypedHandleCall } from '@grpc/grpc-js';
import features from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import featureMessages from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import service from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { append, type AppendCall } from './appending.ts';
import { Faults } from './faults.ts';
import { DoubleHistory } from './history.ts';
import { read, type ReadCall } from './reading.ts';
import type { AppendResp, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';

export interface EventStoreDouble {
  readonly url: string;
  readonly port: number;
  readonly history: DoubleHistory;
  readonly faults: Faults;
  /** Gone at once, as if killed; what was appended stays in `history`. */
  stop(): Promise<void>;
}

export interface DoubleOptions {
  /** Any free one by default. */
  readonly port?: number;
  /** What an earlier one left. */
  readonly history?: DoubleHistory;
}

/** As many calls as the real server takes over one connection. */
const concurrentStreams = 100;

/**
 * A server that speaks EventStoreDB's protocol as far as `src/adapters/services/eventstore` uses it, and behaves as ENGINES
 * has it measured: for the tests of a place where the real one cannot be installed.
 */
export const startEventStoreDouble = async (options: DoubleOptions = {}): Promise<EventStoreDouble> => {
  const { port: asked = 0, history = new DoubleHistory() } = options;
  const faults = new Faults();
  const server = new Server({ 'grpc.max_concurrent_streams': concurrentStreams });
  const supported = (_call: unknown, callback: sendUnaryData<SupportedMethods>): void =>
    callback(null, new featureMessages.SupportedMethods().setEventStoreServerVersion('24.2.0'));
  server.addService(features.ServerFeaturesService, { getSupportedMethods: supported as UntypedHandleCall });
  const unsupported: UntypedHandleCall = (_call: unknown, callback: sendUnaryData<never>) =>
    callback({ code: status.UNIMPLEMENTED, details: 'The double has no such method.' });
  server.addService(withPreparedEvents(service.StreamsService), {
    read: ((call: ReadCall) => {
      read(history, faults, call).catch((error: unknown) => call.emit('error', error));
    }) as UntypedHandleCall,
    append: ((call: AppendCall, callback: sendUnaryData<AppendResp>) => {
      append(history, faults, call, callback).catch((error: unknown) => callback(error as Error));
    }) as UntypedHandleCall,
    delete: unsupported,
    tombstone: unsupported,
    batchAppend: (call: { emit(event: 'error', error: unknown): void }) => {
      call.emit('error', { code: status.UNIMPLEMENTED, details: 'The double has no such method.' });
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(`127.0.0.1:${asked}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    history,
    faults,
    stop: async () => {
      faults.thaw();
      server.forceShutdown();
    },
  };
};

/** Each event is made into bytes once, however often it is read. */
const withPreparedEvents = (definition: typeof service.StreamsService): typeof service.StreamsService => {
  const made = new WeakMap<ReadResp, Buffer>();
  const serialize = (message: ReadResp): Buffer => {
    const known = made.get(message) ?? Buffer.from(message.serializeBinary());
    made.set(message, known);
    return known;
  };
  return { ...definition, read: { ...definition.read, responseSerialize: serialize } };
};
