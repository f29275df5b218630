import { createSecretKey } from 'node:crypto';
import { Type } from '@sinclair/typebox';
import { expect } from 'chai';
import { systemChance } from '../../src/core/clock.ts';
import { deriveId, type EventId, type StreamName, type UserId } from '../../src/core/ids.ts';
import { start } from '../../src/core/position.ts';
import {
  createCodec,
  EventBreaksSchema,
  isUndecodable,
  type Keyring,
  type SealedEvent,
} from '../../src/events/codec.ts';
import {
  defineEvent,
  erased,
  IdField,
  PersonalField,
  type DomainEvent,
} from '../../src/events/event-schema.ts';
import type { Upcast } from '../../src/events/upcasts.ts';

const author = deriveId<UserId>('author');
const stream = 'note-1' as StreamName;
const noteV1 = defineEvent(
  'NoteWritten',
  1,
  { authorId: IdField<UserId>(), text: PersonalField(Type.String()) },
  'authorId',
);
const noteV2 = defineEvent(
  'NoteWritten',
  2,
  { authorId: IdField<UserId>(), text: PersonalField(Type.String()), pinned: Type.Boolean() },
  'authorId',
);
const addPinned: Upcast = {
  type: 'NoteWritten',
  from: 1,
  up: (event) => ({ ...event, v: 2, pinned: false }) as DomainEvent,
};
const written = { type: 'NoteWritten', v: 1, authorId: author, text: 'planted marker' } as DomainEvent;

/** Keys in memory, to destroy at will. */
const keyring = (): Keyring & { readonly destroyed: Set<string> } => {
  const keys = new Map<string, { id: string; key: ReturnType<typeof createSecretKey> }>();
  const destroyed = new Set<string>();
  const ensure = async (subject: UserId) => {
    if (destroyed.has(subject)) throw new Error('erased');
    const known = keys.get(subject) ?? {
      id: `key-${keys.size}`,
      key: createSecretKey(systemChance.bytes(32)),
    };
    keys.set(subject, known);
    return known;
  };
  return {
    destroyed,
    ensure,
    find: async (subject) => (destroyed.has(subject) ? 'destroyed' : keys.get(subject)),
  };
};

/** As a log gives it back: equal, but another object. */
const recorded = (sealed: SealedEvent, changes: Partial<SealedEvent & { stream: StreamName }> = {}) => ({
  ...structuredClone(sealed),
  stream,
  revision: 0,
  position: start,
  recordedAt: '2026-01-01T00:00:00.000Z' as never,
  metadata: { commandId: 'c', actor: author, correlationId: 'r', causationId: 'c' },
  ...changes,
});

const codecOver = (keys: Keyring, schemas = [noteV1], upcasts: readonly Upcast[] = []) =>
  createCodec({ schemas, upcasts, keys, chance: systemChance });

describe('the event codec', () => {
  it('seals personal fields and opens them again', async () => {
    const codec = codecOver(keyring());
    const [sealed] = await codec.seal([written], stream, 'command');
    expect(JSON.stringify(sealed)).not.to.include('planted marker');
    const [opened] = await codec.open([recorded(sealed!)]);
    expect(opened).to.have.deep.property('event', written);
  });

  it('makes the same ids for the same command, stream and index, and other ids for others', async () => {
    const codec = codecOver(keyring());
    const ids = async (command: string, name = stream) =>
      (await codec.seal([written, written], name, command)).map(({ id }) => id);
    expect(await ids('a')).to.deep.equal(await ids('a'));
    expect(
      new Set([...(await ids('a')), ...(await ids('b')), ...(await ids('a', 'note-2' as StreamName))]),
    ).to.have.property('size', 6);
  });

  it('uses a new nonce each time', async () => {
    const codec = codecOver(keyring());
    const nonces = await Promise.all(
      [1, 2, 3].map(async () => (await codec.seal([written], stream, 'a'))[0]!.box!.nonce),
    );
    expect(new Set(nonces)).to.have.property('size', 3);
  });

  it('hides the fields of an erased subject and refuses to seal for it', async () => {
    const keys = keyring();
    const codec = codecOver(keys);
    const [sealed] = await codec.seal([written], stream, 'command');
    keys.destroyed.add(author);
    const [opened] = await codec.open([recorded(sealed!)]);
    expect(opened).to.have.deep.nested.property('event.text', erased);
    const refused = await codec.seal([written], stream, 'later').catch((error: unknown) => error);
    expect(refused).to.be.an('error');
  });

  it('forgets what it had opened when it is told that a subject was erased', async () => {
    const keys = keyring();
    const codec = codecOver(keys);
    const record = recorded((await codec.seal([written], stream, 'command'))[0]!);
    await codec.open([record]);
    keys.destroyed.add(author);
    codec.forget();
    const [opened] = await codec.open([record]);
    expect(opened).to.have.deep.nested.property('event.text', erased);
  });

  it('leaves boxes shut when texts are not needed', async () => {
    const codec = codecOver(keyring());
    const [sealed] = await codec.seal([written], stream, 'command');
    const [opened] = await codec.open([recorded(sealed!)], { personal: false });
    expect(opened).to.have.deep.nested.property('event.text', erased);
  });

  const moved: readonly [string, (sealed: SealedEvent) => Partial<SealedEvent & { stream: StreamName }>][] = [
    ['another event', () => ({ id: deriveId<EventId>('other') })],
    ['another stream', () => ({ stream: 'note-2' as StreamName })],
    ['another subject', (sealed) => ({ box: { ...sealed.box!, subject: deriveId<UserId>('other') } })],
    [
      'other bytes',
      (sealed) => ({ box: { ...sealed.box!, text: Buffer.from('tampered'.repeat(6)).toString('base64') } }),
    ],
    ['no box', () => ({ box: undefined as never })],
  ];
  for (const [what, change] of moved) {
    it(`cannot read a box that was moved to ${what}`, async () => {
      const codec = codecOver(keyring());
      const [sealed] = await codec.seal([written], stream, 'command');
      const [opened] = await codec.open([recorded(sealed!, change(sealed!))]);
      expect(opened).to.satisfy(isUndecodable);
    });
  }

  it('does not call a record unreadable when the keys cannot be asked', async () => {
    const keys = keyring();
    const [sealed] = await codecOver(keys).seal([written], stream, 'command');
    const down = codecOver({ ...keys, find: () => Promise.reject(new Error('the store of keys is down')) });
    const failed = await down.open([recorded(sealed!)]).catch((error: unknown) => error);
    expect(failed).to.be.an('error').with.property('message', 'the store of keys is down');
  });

  it('reads back what it has sealed itself without asking for the key', async () => {
    const keys = keyring();
    const codec = codecOver({ ...keys, find: () => Promise.reject(new Error('asked')) });
    const [sealed] = await codec.seal([written], stream, 'command');
    const [opened] = await codec.open([{ ...recorded(sealed!), data: sealed!.data }]);
    expect(opened).to.have.deep.property('event', written);
  });

  it('answers an unknown type as undecodable instead of throwing', async () => {
    const codec = codecOver(keyring());
    const [sealed] = await codec.seal([written], stream, 'command');
    const [opened] = await codec.open([recorded({ ...sealed!, type: 'Unheard' })]);
    expect(opened)
      .to.have.property('undecodable')
      .that.matches(/Unheard version 1: this program knows no such type/);
  });

  it('refuses to write an event that breaks its schema', async () => {
    const codec = codecOver(keyring());
    const refused = await codec
      .seal([{ ...written, text: 7 } as never], stream, 'command')
      .catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(EventBreaksSchema);
  });

  it('brings old versions to the newest', async () => {
    const keys = keyring();
    const [old] = await codecOver(keys).seal([written], stream, 'command');
    const [opened] = await codecOver(keys, [noteV1, noteV2] as never, [addPinned]).open([recorded(old!)]);
    expect(opened).to.have.deep.property('event', { ...written, v: 2, pinned: false });
  });

  it('does not start when an upcaster is missing, doubled or leads nowhere', () => {
    expect(() => codecOver(keyring(), [noteV1, noteV2] as never)).to.throw(
      /No upcaster brings NoteWritten from version 1 to 2/,
    );
    expect(() => codecOver(keyring(), [noteV1, noteV2] as never, [addPinned, addPinned])).to.throw(
      /Two upcasters/,
    );
    expect(() => codecOver(keyring(), [noteV1], [addPinned])).to.throw(/leads to no declared version/);
  });

  it('does not start when personal fields have no subject', () => {
    expect(() => defineEvent('Nameless', 1, { text: PersonalField(Type.String()) })).to.throw(
      /names no subject/,
    );
  });
});
