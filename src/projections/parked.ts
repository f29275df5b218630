import type { StreamName } from '../core/ids.ts';
import { start, type Position } from '../core/position.ts';
import type { EventCodec } from '../events/codec.ts';
import type { EventLog, RecordedEvent } from '../ports/event-log.ts';
import type { Collection } from '../ports/read-store.ts';
import { foldDocument, parkedStreamId, planBatch, type Folded } from './fold.ts';
import type { Projection } from './projection.ts';

/** `still_parked`: the poison is poison as before. */
export type Retried = 'healed' | 'still_parked' | 'not_parked';

interface Retry {
  readonly projection: Projection;
  readonly collection: Collection<object>;
  readonly log: EventLog;
  readonly codec: EventCodec;
  /** A document's id, or `stream:<name>`. */
  readonly id: string;
  /** Whether a document belongs to this partition. */
  readonly mine: (id: string) => boolean;
}

const readLimit = 1_024;
const attempts = 16;

/** Walks the handled events of a part of the log, opened, batch by batch. */
async function* handledEvents(
  { projection, log, codec }: Retry,
  after: Position,
  upTo: Position,
): AsyncGenerator<Awaited<ReturnType<EventCodec['open']>>> {
  const handled = new Set<string>(projection.handles);
  for (let position = after; position < upTo;) {
    const records = await log.readAll({ after: position, limit: readLimit });
    if (records.length === 0) return;
    position = records.at(-1)!.position;
    const wanted = records.filter((record) => record.position <= upTo && handled.has(record.type));
    yield await codec.open(wanted, { personal: projection.personal });
  }
}

/** The documents that the rest of a parked stream changes; `undefined` while one of its records cannot be read. */
const documentsOf = async (retry: Retry, stream: StreamName): Promise<ReadonlySet<string> | undefined> => {
  const { projection, log, codec, mine } = retry;
  const handled = new Set<string>(projection.handles);
  const ids = new Set<string>();
  for (let from = 0; ; from += readLimit) {
    const records: readonly RecordedEvent[] = await log.readStream(stream, { from, limit: readLimit });
    const opened = await codec.open(
      records.filter(({ type }) => handled.has(type)),
      { personal: projection.personal },
    );
    const { documents, poison } = planBatch(projection, opened, mine, new Map());
    if (poison.length > 0) return undefined;
    for (const id of documents.keys()) ids.add(id);
    if (records.length < readLimit) return ids;
  }
};

interface Refold {
  readonly documents: Map<string, Folded>;
  /** Streams that cannot be read to their end, by their parked ids. */
  readonly stopped: Map<string, Position>;
}

/** Folds the events of a part of the log into these documents; streams that cannot be read stop where they do. */
const foldRange = async (
  retry: Retry,
  { documents, stopped }: Refold,
  after: Position,
  upTo: Position,
): Promise<void> => {
  for await (const opened of handledEvents(retry, after, upTo)) {
    const plan = planBatch(retry.projection, opened, (id) => documents.has(id), stopped);
    for (const { id, position } of plan.poison) stopped.set(id, position);
    for (const [id, events] of plan.documents) {
      const before = documents.get(id)!;
      if (before.poison !== undefined) continue;
      documents.set(id, foldDocument(retry.projection, id, asStored(before), events));
    }
  }
};

const asStored = ({ pos, value }: Folded) =>
  pos === undefined || value === undefined ? undefined : { pos, value };

/** Writes what was folded over what is there now; answers whether nobody else came further meanwhile. */
const overwrite = async (
  collection: Collection<object>,
  documents: ReadonlyMap<string, Folded>,
): Promise<boolean> => {
  const ids = [...documents].filter(([, folded]) => folded.pos !== undefined).map(([id]) => id);
  const current = await collection.getMany(ids);
  const writes = ids.map((id, index) => {
    const { pos, value } = documents.get(id)!;
    return { id, expected: current[index]?.pos, pos: pos!, value: value! };
  });
  if (writes.some(({ expected, pos }) => expected !== undefined && expected > pos)) return false;
  return (await collection.write(writes)).length === 0;
};

const empty: Folded = { pos: undefined, value: undefined, poison: undefined };
const streamMark = parkedStreamId('' as StreamName);

/** What came while the document was still parked was passed over by the runners. */
const catchUp = async (retry: Retry, refold: Refold, after: Position): Promise<boolean> => {
  const head = await retry.log.head();
  if (head === after) return true;
  await foldRange(retry, refold, after, head);
  for (const { poison } of refold.documents.values()) {
    if (poison !== undefined) await retry.collection.park(poison);
  }
  return overwrite(retry.collection, refold.documents);
};

/**
 * Folds documents anew from the whole log, because one that a later event reached cannot take the missed one in
 * afterwards. Runners pass over the parked meanwhile, so once it is released the log is read again for what they left.
 */
export const retryParked = async (retry: Retry): Promise<Retried> => {
  const { collection, log, id } = retry;
  const parked = await collection.parked();
  if (!parked.some((document) => document.id === id)) return 'not_parked';
  const ids = id.startsWith(streamMark)
    ? await documentsOf(retry, id.slice(streamMark.length) as StreamName)
    : new Set([id]);
  if (ids === undefined) return 'still_parked';
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const head = await log.head();
    const documents = new Map([...ids].map((document) => [document, empty]));
    const refold: Refold = { documents, stopped: new Map() };
    await foldRange(retry, refold, start, head);
    for (const { poison } of documents.values()) if (poison !== undefined) await collection.park(poison);
    if (documents.get(id)?.poison !== undefined) return 'still_parked';
    if (!(await overwrite(collection, documents))) continue;
    await collection.release(id);
    if (await catchUp(retry, refold, head)) return 'healed';
  }
  throw new Error(`${id} was changed by others ${attempts} times while it was folded anew.`);
};
