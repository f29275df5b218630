import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { expect } from 'chai';
import { openEventLog, type EmbeddedEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { findWorkplace, type Workplace } from '../../src/cli/work.ts';
import type { Engines } from '../../src/control/engines.ts';
import type { EventView } from '../../src/control/event-view.ts';
import type { ItemOf, OperationName, ParamsOf } from '../../src/control/operations.ts';
import { controlSocketPath, OperationFailed, type Advance } from '../../src/control/protocol.ts';
import { serveControl, type ControlServer } from '../../src/control/server.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { deriveId, type StreamName, type UserId } from '../../src/core/ids.ts';
import { createCodec } from '../../src/events/codec.ts';
import { defineEvent, IdField, PersonalField, type DomainEvent } from '../../src/events/event-schema.ts';

const author = deriveId<UserId>('author');
const schema = defineEvent(
  'NoteWritten',
  1,
  { authorId: IdField<UserId>(), text: PersonalField(Type.String()) },
  'authorId',
);
const other = defineEvent('NotePinned', 1, { authorId: IdField<UserId>() });

const codecWithKeysInMemory = () => {
  const key = { id: 'k1', key: createSecretKey(systemChance.bytes(32)) };
  return createCodec({
    schemas: [schema, other],
    upcasts: [],
    keys: { ensure: async () => key, find: async () => key },
    chance: systemChance,
  });
};

describe('The control socket', () => {
  const logId = '0190a6e0-0000-7000-8000-000000000001';
  let directory: string;
  let log: EmbeddedEventLog;
  let engines: Engines;
  let server: ControlServer;
  let workplace: Workplace;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storyline-'));
    log = await openEventLog({ directory, clock: systemClock });
    engines = {
      log,
      logId,
      codec: codecWithKeysInMemory(),
      clock: systemClock,
    } as Partial<Engines> as Engines;
    server = await serveControl(directory, engines);
    workplace = await findWorkplace(directory, () => Promise.reject(new Error('nothing may be opened')));
  });
  afterEach(async () => {
    await workplace.close();
    await server.close();
    await log.close();
    await rm(directory, { recursive: true, force: true });
  });

  const write = async (
    stream: string,
    revision: number,
    type: 'NoteWritten' | 'NotePinned',
    text = 'marker',
  ) => {
    const event = {
      type,
      v: 1,
      authorId: author,
      ...(type === 'NoteWritten' ? { text } : {}),
    } as DomainEvent;
    const commandId = deriveId('command', stream, String(revision));
    const sealed = await engines.codec.seal([event], stream as StreamName, commandId);
    const metadata = {
      commandId,
      actor: author,
      correlationId: 'request-1',
      causationId: commandId,
    } as never;
    await log.append(
      stream as StreamName,
      revision === 0 ? 'no_stream' : revision - 1,
      sealed.map((one) => ({ ...one, metadata })),
    );
  };

  const ask = async <Name extends OperationName>(name: Name, params: ParamsOf<Name>) => {
    const items: ItemOf<Name>[] = [];
    const advances: Advance[] = [];
    const result = await workplace.perform(name, params, {
      item: async (item) => void items.push(item),
      progress: async (advance) => void advances.push(advance),
      signal: new AbortController().signal,
    });
    return { result, items, advances };
  };

  const refusalOf = async (work: Promise<unknown>): Promise<OperationFailed> => {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(OperationFailed);
    return error as OperationFailed;
  };

  it("is for the data directory's owner only", async () => {
    const { mode } = await stat(controlSocketPath(directory));
    expect(mode & 0o777).to.equal(0o600);
  });

  it('takes the place of a socket that a killed program left behind', async () => {
    await server.close();
    await writeFile(controlSocketPath(directory), '');
    server = await serveControl(directory, engines);
    workplace = await findWorkplace(directory, () => Promise.reject(new Error('nothing may be opened')));
    expect((await ask('events.stats', {})).result.events).to.equal(0);
  });

  it('shows the latest events, oldest first, with personal fields shut', async () => {
    for (let revision = 0; revision < 5; revision += 1) await write('note-1', revision, 'NoteWritten');
    const { items } = await ask('events.tail', { last: 2 });
    expect(items.map(({ revision }) => revision)).to.deep.equal([3, 4]);
    expect(items[0]).to.include({ stream: 'note-1', type: 'NoteWritten', sealed_for: author, actor: author });
    expect(JSON.stringify(items)).not.to.include('marker');
  });

  it('opens personal fields when asked to', async () => {
    await write('note-1', 0, 'NoteWritten');
    const { items } = await ask('events.tail', { last: 1, open: true });
    expect(items[0]?.opened).to.deep.equal({ text: 'marker' });
  });

  it('finds the latest events of one type or stream behind many others', async () => {
    await write('pin-1', 0, 'NotePinned');
    for (let index = 0; index < 50; index += 1) await write(`note-${index}`, 0, 'NoteWritten');
    expect((await ask('events.tail', { last: 3, types: ['NotePinned'] })).items).to.have.length(1);
    expect((await ask('events.tail', { last: 3, stream: 'note-' })).items).to.have.length(3);
    expect((await ask('events.tail', { last: 0 })).items).to.have.length(0);
  });

  it('follows what comes until the client has seen enough', async () => {
    await write('note-1', 0, 'NoteWritten');
    const enough = new AbortController();
    const seen: EventView[] = [];
    const following = workplace.perform(
      'events.tail',
      { last: 1, follow: true },
      {
        progress: async () => undefined,
        signal: enough.signal,
        item: async (event) => {
          seen.push(event);
          if (seen.length === 1) await write('note-1', 1, 'NoteWritten');
          if (seen.length === 2) enough.abort();
        },
      },
    );
    await following;
    expect(seen.map(({ revision }) => revision)).to.deep.equal([0, 1]);
  });

  it('shows an event by its id, its position and its stream', async () => {
    await write('note-1', 0, 'NoteWritten');
    await write('note-2', 0, 'NotePinned');
    const [one] = (await ask('events.show', { what: 'note-2' })).items;
    expect(one?.type).to.equal('NotePinned');
    expect((await ask('events.show', { what: one!.id })).items).to.deep.equal([one]);
    expect((await ask('events.show', { what: one!.position })).items).to.deep.equal([one]);
    expect((await ask('events.show', { what: '2' })).items).to.deep.equal([one]);
  });

  it('says what to do when there is no such event, or the position is of another log', async () => {
    await write('note-1', 0, 'NoteWritten');
    const missing = await refusalOf(ask('events.show', { what: 'note-9' }));
    expect(missing).to.include({ kind: 'not-found' });
    expect(missing.message).to.include('events tail');
    const foreign = await refusalOf(ask('events.show', { what: '0190a6e0-ffff-7000-8000-000000000001.1' }));
    expect(foreign.message).to.include('another log');
  });

  it('counts events by type and day, and tells how far it has come', async () => {
    await write('note-1', 0, 'NoteWritten');
    await write('note-1', 1, 'NoteWritten');
    await write('note-2', 0, 'NotePinned');
    const { result, advances } = await ask('events.stats', {});
    expect(result).to.deep.include({ events: 3, streams: 2 });
    expect(result.types).to.deep.equal([
      { type: 'NoteWritten', count: 2 },
      { type: 'NotePinned', count: 1 },
    ]);
    expect(result.days.reduce((sum, { count }) => sum + count, 0)).to.equal(3);
    expect(advances.at(-1)).to.deep.include({ done: 3, total: 3 });
  });

  it('refuses operations that it does not know and parameters that make no sense', async () => {
    expect((await refusalOf(ask('events.burn' as OperationName, {}))).kind).to.equal('usage');
    expect((await refusalOf(ask('events.tail', { last: -1 }))).message).to.include('last');
    expect((await refusalOf(ask('events.tail', { nonsense: true } as never))).kind).to.equal('usage');
  });

  it('answers rubbish with a failure and goes on serving others', async () => {
    const socket = connect(controlSocketPath(directory));
    socket.write('{"operation": \n');
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    expect(JSON.parse(chunk.toString())).to.have.nested.property('failure.kind', 'usage');
    socket.destroy();
    expect((await ask('events.stats', {})).result.events).to.equal(0);
  });

  it('tells a client that waits when the program stops', async () => {
    await write('note-1', 0, 'NoteWritten');
    let closed: Promise<void> | undefined;
    const following = workplace.perform(
      'events.tail',
      { last: 1, follow: true },
      {
        progress: async () => undefined,
        item: async () => void (closed = server.close()),
        signal: new AbortController().signal,
      },
    );
    expect((await refusalOf(following)).message).to.include('stopping');
    await closed;
  });

  it('is refused a place whose path is too long for a socket', () => {
    expect(() => controlSocketPath(`/tmp/${'x'.repeat(120)}`)).to.throw(OperationFailed, 'too long');
  });
});
