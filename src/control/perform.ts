import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Engines } from './engines.ts';
import type { Operation, Watch } from './operation.ts';
import { operations, type OperationName } from './operations.ts';
import { OperationFailed } from './protocol.ts';

const ajv = new Ajv2020({ strict: true, useDefaults: true });

const isOperation = (name: string): name is OperationName => Object.hasOwn(operations, name);

/**
 * Checks the parameters and runs the operation.
 * @throws OperationFailed `usage` for an unknown operation or parameters that break its schema.
 */
export const performOperation = async (
  name: string,
  engines: Engines,
  params: unknown,
  watch: Watch<unknown>,
): Promise<unknown> => {
  if (!isOperation(name)) {
    throw new OperationFailed(
      'usage',
      `This program knows no operation ${JSON.stringify(name)}. Is it older than the command line?`,
    );
  }
  const operation = operations[name] as unknown as Operation;
  const validate = ajv.compile(operation.params);
  if (!validate(params)) {
    throw new OperationFailed(
      'usage',
      `${name}: ${ajv.errorsText(validate.errors, { dataVar: 'parameters' })}.`,
    );
  }
  return operation.run(engines, params, watch);
};
