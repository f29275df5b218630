import type { KeyObject } from 'node:crypto';
import type { Chance, Instant } from '../core/clock.ts';
import { deriveId, type EventId, type StreamName, type UserId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Position } from '../core/position.ts';
import { compileSchemas, type CompiledSchema, type FieldSet } from './compiled-schemas.ts';
import { erased, type DomainEvent, type EventSchema } from './event-schema.ts';
import { decrypt, encrypt, nonceLength, placeOf } from './sealed-box.ts';
import { chainUpcasts, type Upcast } from './upcasts.ts';

/** The keys as the codec needs them; `ports/subject-keys` fulfils it. */
export interface Keyring {
  ensure(subject: UserId): Promise<{ readonly id: string; readonly key: KeyObject }>;
  find(subject: UserId): Promise<{ readonly id: string; readonly key: KeyObject } | 'destroyed' | undefined>;
}

/** The parts of a log envelope that the codec makes; `ports/event-log` adds metadata and places. */
export interface SealedEvent {
  readonly id: EventId;
  readonly type: string;
  readonly schemaVersion: number;
  readonly data: JsonObject;
  readonly box?: {
    readonly subject: UserId;
    readonly keyId: string;
    readonly nonce: string;
    readonly text: string;
  };
}

interface Envelope extends SealedEvent {
  readonly stream: StreamName;
  readonly revision: number;
  readonly position: Position;
  readonly recordedAt: Instant;
  readonly metadata: Metadata;
}

interface Metadata {
  readonly commandId: string;
  readonly requestMac?: string;
  readonly actor: UserId | null;
  readonly correlationId: string;
  readonly causationId: string;
}

/** A recorded event, opened and brought to its newest version, with its place in the log. */
export interface Recorded<E extends DomainEvent = DomainEvent> {
  readonly event: E;
  readonly id: EventId;
  readonly stream: StreamName;
  readonly revision: number;
  readonly position: Position;
  readonly recordedAt: Instant;
  readonly metadata: Metadata;
}

/** A record that no schema, key or upcaster of this program can read. */
export interface Undecodable {
  readonly undecodable: string;
  readonly id: EventId;
  readonly stream: StreamName;
  readonly position: Position;
}

export const isUndecodable = (opened: Recorded | Undecodable): opened is Undecodable =>
  'undecodable' in opened;

/** The event breaks its own schema: a defect of the program, found before anything is written. */
export class EventBreaksSchema extends Error {
  override readonly name = 'EventBreaksSchema';
}

/**
 * Between events as code handles them and envelopes as the log holds them: validates, seals and opens personal fields,
 * upcasts. Only `execute` and the runners call it.
 */
export interface EventCodec {
  /**
   * Ids derive from (command, stream, index), so that a retry makes the same.
   * @throws EventBreaksSchema, or what the keyring throws for an erased subject.
   */
  seal(
    events: readonly DomainEvent[],
    stream: StreamName,
    commandId: string,
  ): Promise<readonly SealedEvent[]>;
  /** Never throws for what is in a record: what cannot be read comes as `Undecodable`. Fails when keys cannot be asked. */
  open(
    records: readonly Envelope[],
    options?: { readonly personal?: boolean },
  ): Promise<readonly (Recorded | Undecodable)[]>;
  /** Drops what is remembered in the clear (a subject was erased). */
  forget(): void;
}

/** Only what the schema names goes into the log: types leave no room for more. */
const pick = (event: DomainEvent, { names, validate }: FieldSet): JsonObject => {
  const fields = event as unknown as JsonObject;
  const picked: Record<string, JsonObject[string]> = {};
  for (const name of names) if (fields[name] !== undefined) picked[name] = fields[name];
  if (validate(picked)) return picked;
  const [first] = validate.errors ?? [];
  throw new EventBreaksSchema(`${event.type}: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
};

type Key = Awaited<ReturnType<Keyring['find']>>;

const erasedField = erased as unknown as JsonObject;

/** Every personal field as erased. */
const shutBox = ({ names }: FieldSet): JsonObject =>
  Object.fromEntries(names.map((name) => [name, erasedField]));

const openBox = (record: Envelope, { personal }: CompiledSchema, key: Key): JsonObject => {
  const { box, id, stream, type, schemaVersion } = record;
  if (box === undefined) throw new Error('its sealed box is missing');
  if (key === 'destroyed') return shutBox(personal);
  if (key === undefined) throw new Error(`the key of its subject ${box.subject} is missing`);
  if (key.id !== box.keyId) throw new Error(`it was sealed with key ${box.keyId}, which is not there`);
  const place = placeOf(id, stream, type, schemaVersion, box.subject);
  const fields = JSON.parse(decrypt(key.key, box.nonce, place, box.text)) as JsonObject;
  if (!personal.validate(fields)) throw new Error('its personal fields break their schema');
  return fields;
};

export const createCodec = (options: {
  readonly schemas: readonly EventSchema[];
  readonly upcasts: readonly Upcast[];
  readonly keys: Keyring;
  readonly chance: Chance;
}): EventCodec => {
  const { keys, chance } = options;
  const schemaOf = compileSchemas(options.schemas);
  const upcast = chainUpcasts(options.schemas, options.upcasts);
  /** The runners of all projections meet the same record objects; each is opened once. */
  let opened = new WeakMap<Envelope, Recorded>();
  /** What this process has sealed, by the object that the log was given: it need not be decrypted to be read back. */
  let sealed = new WeakMap<JsonObject, DomainEvent>();

  const sealOne = async (
    event: DomainEvent,
    stream: StreamName,
    commandId: string,
    index: number,
  ): Promise<SealedEvent> => {
    const { type, v: schemaVersion } = event;
    const known = schemaOf(type, schemaVersion);
    if (known === undefined)
      throw new EventBreaksSchema(`No schema is declared for ${type} version ${schemaVersion}.`);
    const data = pick(event, known.plain);
    const secret = pick(event, known.personal);
    const id = deriveId<EventId>('event', commandId, stream, String(index));
    sealed.set(data, { type, v: schemaVersion, ...data, ...secret });
    if (known.personal.names.length === 0) return { id, type, schemaVersion, data };
    const subject = data[known.schema.subject!] as UserId;
    const { id: keyId, key } = await keys.ensure(subject);
    const nonce = chance.bytes(nonceLength);
    const text = encrypt(
      key,
      nonce,
      placeOf(id, stream, type, schemaVersion, subject),
      JSON.stringify(secret),
    );
    return { id, type, schemaVersion, data, box: { subject, keyId, nonce: nonce.toString('base64'), text } };
  };

  const decode = (record: Envelope, personal: boolean, key: Key): DomainEvent => {
    const own = personal ? sealed.get(record.data) : undefined;
    if (own !== undefined) return own;
    const { type, schemaVersion: v, data } = record;
    const known = schemaOf(type, v);
    if (known === undefined) throw new Error('this program knows no such type and version');
    if (!known.plain.validate(data))
      throw new Error(
        `its data break their schema (${known.plain.validate.errors?.[0]?.instancePath ?? ''})`,
      );
    if (known.personal.names.length === 0) return { type, v, ...data };
    return { type, v, ...data, ...(personal ? openBox(record, known, key) : shutBox(known.personal)) };
  };

  const openOne = (record: Envelope, personal: boolean, key: Key): Recorded | Undecodable => {
    const { id, stream, revision, position, recordedAt, metadata, type, schemaVersion } = record;
    try {
      const event = upcast(decode(record, personal, key));
      return { event, id, stream, revision, position, recordedAt, metadata };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { undecodable: `${type} version ${schemaVersion}: ${reason}`, id, stream, position };
    }
  };

  /** Each subject's key once for a whole batch; a store of keys that fails is a fault, not an undecodable record. */
  const keysFor = async (records: readonly Envelope[]): Promise<ReadonlyMap<UserId, Key>> => {
    const found = new Map<UserId, Key>();
    for (const { box, data } of records)
      if (box !== undefined && !sealed.has(data)) found.set(box.subject, undefined);
    await Promise.all([...found.keys()].map(async (subject) => found.set(subject, await keys.find(subject))));
    return found;
  };

  const openPersonal = async (records: readonly Envelope[]): Promise<readonly (Recorded | Undecodable)[]> => {
    const closed = records.filter((record) => !opened.has(record));
    const found = closed.length === 0 ? undefined : await keysFor(closed);
    return records.map((record) => {
      const known = opened.get(record);
      if (known !== undefined) return known;
      const result = openOne(
        record,
        true,
        record.box === undefined ? undefined : found?.get(record.box.subject),
      );
      if (!isUndecodable(result)) opened.set(record, result);
      return result;
    });
  };

  return {
    seal: (events, stream, commandId) =>
      Promise.all(events.map((event, index) => sealOne(event, stream, commandId, index))),
    open: async (records, { personal = true } = {}) =>
      personal ? openPersonal(records) : records.map((record) => openOne(record, false, undefined)),
    forget: () => {
      opened = new WeakMap();
      sealed = new WeakMap();
    },
  };
};
