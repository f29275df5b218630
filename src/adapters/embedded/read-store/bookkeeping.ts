import type { Position } from '../../../core/position.ts';
import type { ParkedDocument } from '../../../ports/read-store.ts';
import { sealedJson, unsealJson } from './checked-bytes.ts';
import type { Environment } from './environment.ts';

export interface Checkpoint {
  readonly partition: number;
  readonly position: Position;
}

const checkpointKey = (partition: number): string => `checkpoint/${partition}`;

export const readCheckpoint = ({ meta }: Environment, partition: number): Position | undefined => {
  const key = checkpointKey(partition);
  const bytes = meta.get(key);
  return bytes === undefined ? undefined : (BigInt(unsealJson(key, bytes) as string) as Position);
};

export const putCheckpoint = ({ meta }: Environment, { partition, position }: Checkpoint): void => {
  const key = checkpointKey(partition);
  meta.putSync(key, sealedJson(key, position.toString()));
};

export const putParked = ({ parked }: Environment, document: ParkedDocument): void => {
  const stored = { ...document, position: document.position.toString() };
  parked.putSync(document.id, sealedJson(document.id, stored));
};

export const readParked = ({ parked }: Environment): readonly ParkedDocument[] =>
  Array.from(parked.getRange(), ({ key, value }) => {
    const stored = unsealJson(key, value) as Omit<ParkedDocument, 'position'> & { readonly position: string };
    return { ...stored, position: BigInt(stored.position) as Position };
  });
