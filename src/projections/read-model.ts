import type { Recorded } from '../events/codec.ts';
import type { Find, StoredDocument } from '../ports/read-store.ts';

/**
 * The live generation of one read model, as queries see it.
 *
 * `overlay` are events just appended: those newer than the document are folded on top with the projection's own
 * functions, so that a command's answer shows its own effect also when the projector is late.
 */
export interface ReadModel<Document extends object> {
  get(id: string, overlay?: readonly Recorded[]): Promise<StoredDocument<Document> | undefined>;
  getMany(ids: readonly string[]): Promise<readonly (StoredDocument<Document> | undefined)[]>;
  find(find: Find): Promise<readonly StoredDocument<Document>[]>;
}
