import { openEventStoreLog } from '../../src/adapters/services/eventstore/eventstore-log.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { LogUnavailable } from '../../src/ports/event-log.ts';
import { eventLogContract, type LogUnderTest } from '../contracts/event-log.contract.ts';
import { serviceUrl } from './services.ts';

/** A prefix of its own makes it a log of its own, whatever else the server holds. */
const openLog = async (): Promise<LogUnderTest> => {
  const url = serviceUrl('EVENTSTORE_URL');
  const prefix = `storyline-test-${systemChance.bytes(6).toString('hex')}:`;
  const open = () => openEventStoreLog({ url, prefix, clock: systemClock, chance: systemChance });
  const log = await open();
  let current = log;
  const close = () =>
    current.close().catch((error: unknown) => {
      if (!(error instanceof LogUnavailable)) throw error;
    });
  return {
    log,
    reopen: async () => {
      await close();
      current = await open();
      return current;
    },
    dispose: close,
  };
};

eventLogContract('EventStoreDB', openLog);
