import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import type { ArmReply, ArmRequest } from './arm-process.ts';

/** What an arm can be asked to do; `start` and `stop` come first and last. */
export type ArmCalls = Readonly<Record<string, (input: never) => unknown>> & {
  readonly start: (input: never) => unknown;
  readonly stop: () => unknown;
};

const inspector = new Session();

const own: Readonly<Record<string, (input: never) => unknown>> = {
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  collectGarbage: () => (globalThis as { gc?: () => void }).gc?.(),
  beginProfile: async () => {
    inspector.connect();
    await inspector.post('Profiler.enable');
    await inspector.post('Profiler.setSamplingInterval', { interval: 200 });
    await inspector.post('Profiler.start');
  },
  endProfile: async (path: string) => {
    const { profile } = await inspector.post('Profiler.stop');
    writeFileSync(path, JSON.stringify(profile));
    inspector.disconnect();
  },
};

const answerTo = async (calls: ArmCalls, { id, call, input }: ArmRequest): Promise<ArmReply> => {
  const called = (own[call] ?? calls[call]) as ((input: unknown) => unknown) | undefined;
  if (called === undefined) return { id, failure: `there is no call ${call}` };
  try {
    return { id, answer: await called(input) };
  } catch (error) {
    return { id, failure: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
};

/** The measured process's end of `ArmProcess`: answers calls until it is told to stop. */
export const serveArm = (calls: ArmCalls): void => {
  process.on('message', (request: ArmRequest) => {
    void answerTo(calls, request).then((reply) => {
      process.send!(reply, () => {
        if (request.call === 'stop') process.exit(0);
      });
    });
  });
  process.on('disconnect', () => process.exit(1));
};
