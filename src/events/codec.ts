import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { Chance, Instant } from '../core/clock.ts';
import { deriveId, type EventId, type StreamName, type UserId } from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import type { Position } from '../core/position.ts';
import { addEventFormats } from './event-formats.ts';
import { erased, isPersonalField, type DomainEvent, type EventSchema } from './event-schema.ts';
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

interface CompiledSchema {
  readonly schema: EventSchema;
  readonly personal: readonly string[];
  readonly whole: ValidateFunction;
  readonly plain: ValidateFunction;
  readonly boxed: ValidateFunction;
}

const compile = (schemas: readonly EventSchema[]): Map<string, CompiledSchema> => {
  const ajv = addEventFormats(
    new Ajv2020({ strict: true, allowUnionTypes: true, keywords: ['storyline:personal'] }),
  );
  const compiled = new Map<string, CompiledSchema>();
  for (const schema of schemas) {
    const name = `${schema.type}/${schema.version}`;
    if (compiled.has(name)) throw new Error(`Event ${name} is declared twice.`);
    const fields = Object.entries(schema.fields.properties);
    const part = (personal: boolean) =>
      Type.Object(Object.fromEntries(fields.filter(([, field]) => isPersonalField(field) === personal)), {
        additionalProperties: false,
      });
    compiled.set(name, {
      schema,
      personal: fields.filter(([, field]) => isPersonalField(field)).map(([key]) => key),
      whole: ajv.compile(schema.fields),
      plain: ajv.compile(part(false)),
      boxed: ajv.compile(part(true)),
    });
  }
  return compiled;
};

const algorithm = 'aes-256-gcm';
const tagLength = 16;

/** Binds a box to its place: moved to another event, stream, type or subject it does not open. */
const additionalData = (id: string, stream: string, type: string, version: number, subject: string): Buffer =>
  Buffer.from([id, stream, type, version, subject].join('\u0000'));

const encrypt = (key: KeyObject, nonce: Buffer, aad: Buffer, text: string): string => {
  const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: tagLength });
  cipher.setAAD(aad);
  const body = cipher.update(text, 'utf8');
  cipher.final();
  return Buffer.concat([body, cipher.getAuthTag()]).toString('base64');
};

const decrypt = (key: KeyObject, nonce: string, aad: Buffer, text: string): string => {
  const bytes = Buffer.from(text, 'base64');
  const decipher = createDecipheriv(algorithm, key, Buffer.from(nonce, 'base64'), {
    authTagLength: tagLength,
  });
  decipher.setAAD(aad);
  decipher.setAuthTag(bytes.subarray(bytes.length - tagLength));
  const body = decipher.update(bytes.subarray(0, bytes.length - tagLength), undefined, 'utf8');
  return body + decipher.final('utf8');
};

const split = (
  event: DomainEvent,
  personal: readonly string[],
): { data: JsonObject; secret: JsonObject | undefined } => {
  const { type: _type, v: _version, ...fields } = event as DomainEvent & Record<string, never>;
  if (personal.length === 0) return { data: fields, secret: undefined };
  const data: Record<string, JsonObject[string]> = { ...fields };
  const secret: Record<string, JsonObject[string]> = {};
  for (const name of personal) {
    if (data[name] !== undefined) secret[name] = data[name];
    delete data[name];
  }
  return { data, secret };
};

export const createCodec = (options: {
  readonly schemas: readonly EventSchema[];
  readonly upcasts: readonly Upcast[];
  readonly keys: Keyring;
  readonly chance: Chance;
}): EventCodec => {
  const { keys, chance } = options;
  const compiled = compile(options.schemas);
  const upcast = chainUpcasts(options.schemas, options.upcasts);
  /** The runners of all projections meet the same record objects; each is opened once. */
  let opened = new WeakMap<Envelope, Recorded | Undecodable>();

  const sealOne = async (
    event: DomainEvent,
    stream: StreamName,
    commandId: string,
    index: number,
  ): Promise<SealedEvent> => {
    const known = compiled.get(`${event.type}/${event.v}`);
    if (known === undefined)
      throw new EventBreaksSchema(`No schema is declared for ${event.type} version ${event.v}.`);
    const { data, secret } = split(event, known.personal);
    if (!known.whole({ ...data, ...secret })) {
      throw new EventBreaksSchema(
        `${event.type}: ${known.whole.errors?.[0]?.instancePath ?? ''} ${known.whole.errors?.[0]?.message ?? ''}`,
      );
    }
    const id = deriveId<EventId>('event', commandId, stream, String(index));
    const envelope = { id, type: event.type, schemaVersion: event.v, data };
    if (secret === undefined) return envelope;
    const subject = data[known.schema.subject!] as UserId;
    const { id: keyId, key } = await keys.ensure(subject);
    const nonce = chance.bytes(12);
    const text = encrypt(
      key,
      nonce,
      additionalData(id, stream, event.type, event.v, subject),
      JSON.stringify(secret),
    );
    return { ...envelope, box: { subject, keyId, nonce: nonce.toString('base64'), text } };
  };

  const openBox = async (record: Envelope, known: CompiledSchema): Promise<Record<string, unknown>> => {
    const hidden = Object.fromEntries(known.personal.map((name) => [name, erased]));
    const { box } = record;
    if (box === undefined) throw new Error('its sealed box is missing');
    const found = await keys.find(box.subject);
    if (found === 'destroyed') return hidden;
    if (found === undefined)
      throw new Error(`the key of its subject ${box.subject} is missing from the subject keys`);
    if (found.id !== box.keyId) throw new Error(`it was sealed with key ${box.keyId}, which is not there`);
    const aad = additionalData(record.id, record.stream, record.type, record.schemaVersion, box.subject);
    const fields = JSON.parse(decrypt(found.key, box.nonce, aad, box.text)) as Record<string, unknown>;
    if (!known.boxed(fields)) throw new Error('its personal fields break their schema');
    return fields;
  };

  const openOne = async (record: Envelope, personal: boolean): Promise<Recorded | Undecodable> => {
    const { id, stream, revision, position, recordedAt, metadata } = record;
    try {
      const known = compiled.get(`${record.type}/${record.schemaVersion}`);
      if (known === undefined) throw new Error('this program knows no such type and version');
      if (!known.plain(record.data))
        throw new Error(`its data break their schema (${known.plain.errors?.[0]?.instancePath ?? ''})`);
      const secret =
        known.personal.length === 0
          ? {}
          : personal
            ? await openBox(record, known)
            : Object.fromEntries(known.personal.map((name) => [name, erased]));
      const event = upcast({ type: record.type, v: record.schemaVersion, ...record.data, ...secret });
      return { event, id, stream, revision, position, recordedAt, metadata };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return {
        undecodable: `${record.type} version ${record.schemaVersion}: ${reason}`,
        id,
        stream,
        position,
      };
    }
  };

  const openRemembered = async (record: Envelope): Promise<Recorded | Undecodable> => {
    const known = opened.get(record);
    if (known !== undefined) return known;
    const result = await openOne(record, true);
    if (!isUndecodable(result)) opened.set(record, result);
    return result;
  };

  return {
    seal: (events, stream, commandId) =>
      Promise.all(events.map((event, index) => sealOne(event, stream, commandId, index))),
    open: (records, { personal = true } = {}) =>
      Promise.all(records.map((record) => (personal ? openRemembered(record) : openOne(record, false)))),
    forget: () => {
      opened = new WeakMap();
    },
  };
};
