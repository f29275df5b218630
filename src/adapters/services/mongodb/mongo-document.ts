import type { ObjectId } from 'mongodb';
import type { DocumentValue } from '../../../ports/read-store.ts';

/** A document as it lies in MongoDB. */
export interface MongoDocument {
  readonly _id: string;
  readonly pos: bigint;
  readonly v: DocumentValue;
  /** Of the one write that made it so: tells two apart that wrote the same. */
  readonly w: ObjectId;
}
