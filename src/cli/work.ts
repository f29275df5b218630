import type { Socket } from 'node:net';
import { askOver, connectControl } from '../control/client.ts';
import type { Engines } from '../control/engines.ts';
import type { Watch } from '../control/operation.ts';
import type { ItemOf, OperationName, ParamsOf, ResultOf } from '../control/operations.ts';
import { performOperation } from '../control/perform.ts';
import { controlSocketPath } from '../control/protocol.ts';

/** The place where operations run: the running program, or this process with the engines opened by itself. */
export interface Workplace {
  readonly where: 'running program' | 'command line';
  perform<Name extends OperationName>(
    operation: Name,
    params: ParamsOf<Name>,
    watch: Watch<ItemOf<Name>>,
  ): Promise<ResultOf<Name>>;
  close(): Promise<void>;
}

export interface OpenedEngines {
  readonly engines: Engines;
  close(): Promise<void>;
}

const besideProgram = (first: Socket, path: string): Workplace => {
  let unused: Socket | undefined = first;
  return {
    where: 'running program',
    perform: async (operation, params, watch) => {
      const socket = unused ?? (await connectControl(path));
      unused = undefined;
      if (socket === undefined) throw new Error('The program that was running has stopped. Try again.');
      return (await askOver(socket, operation, params, watch as Watch<unknown>)) as never;
    },
    close: async () => {
      unused?.destroy();
    },
  };
};

/**
 * Works beside the running program when one answers on the control socket, else opens the engines under the data
 * directory's lock.
 * @param open throws `Unreachable` when the data cannot be opened
 */
export const findWorkplace = async (
  dataDir: string,
  open: () => Promise<OpenedEngines>,
): Promise<Workplace> => {
  const path = controlSocketPath(dataDir);
  const socket = await connectControl(path);
  if (socket !== undefined) return besideProgram(socket, path);
  const opened = await open();
  return {
    where: 'command line',
    perform: async (operation, params, watch) =>
      (await performOperation(operation, opened.engines, params, watch as Watch<unknown>)) as never,
    close: () => opened.close(),
  };
};
