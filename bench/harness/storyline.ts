import { join } from 'node:path';
import { ArmProcess, built } from './arm-process.ts';
import { serverCore } from './pinning.ts';
import type { StorylineInput } from '../arms/storyline.ts';

export interface Storyline {
  readonly arm: ArmProcess;
  readonly port: number;
}

export interface StorylineOptions {
  readonly directory: string;
  /** Keeps events in memory, without encoding, writing or syncing them. */
  readonly withoutAppend?: boolean;
  /** Hashes passwords as in production. */
  readonly realPasswords?: boolean;
  readonly nodeArguments?: readonly string[];
}

/** Starts the whole program on `directory`, pinned to the measured core. */
export const startStoryline = async ({
  directory,
  withoutAppend = false,
  realPasswords = false,
  nodeArguments = [],
}: StorylineOptions): Promise<Storyline> => {
  const hook = withoutAppend ? ['--import', built('arms/without-append.ts')] : [];
  const input: StorylineInput = {
    environment: { DATA_DIR: join(directory, 'data'), APP_LOG: join(directory, 'app.log'), PORT: '0' },
    cheapPasswords: !realPasswords,
  };
  const arm = await ArmProcess.start('arms/storyline.ts', {
    core: serverCore,
    input,
    nodeArguments: [...nodeArguments, ...hook],
  });
  return { arm, port: await arm.call<number>('port') };
};

export const startDriver = (core: number): Promise<ArmProcess> =>
  ArmProcess.start('harness/driver.ts', { core });
