import { createSecretKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from '@sinclair/typebox';
import { expect } from 'chai';
import { openEventLog, type EmbeddedEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import {
  createCommandBus,
  TooMuchContention,
  type CommandBus,
  type CommandContext,
} from '../../src/commands/execute.ts';
import type { Aggregate } from '../../src/core/aggregate.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { deriveId, streamName, type CommandId } from '../../src/core/ids.ts';
import { ok, refuse } from '../../src/core/result.ts';
import { createCodec } from '../../src/events/codec.ts';
import { defineEvent, type EventOf } from '../../src/events/event-schema.ts';
import { LogUnavailable, WrongExpectedRevision, type EventLog } from '../../src/ports/event-log.ts';

const Added = defineEvent('Added', 1, { amount: Type.Integer() });
type CounterEvent = EventOf<typeof Added>;
const Counter: Aggregate<number, CounterEvent> = {
  kind: 'counter',
  initial: 0,
  evolve: (sum, { amount }) => sum + amount,
};

const add =
  (...amounts: readonly number[]) =>
  () =>
    ok(amounts.map((amount) => ({ type: 'Added', v: 1, amount }) as const));

const command = (name: string, requestMac?: string): CommandContext => ({
  commandId: deriveId<CommandId>(name),
  actor: null,
  correlationId: 'test',
  ...(requestMac === undefined ? {} : { requestMac }),
});

const key = { id: 'k', key: createSecretKey(systemChance.bytes(32)) };
const codec = createCodec({
  schemas: [Added],
  upcasts: [],
  keys: { ensure: async () => key, find: async () => key },
  chance: systemChance,
});
const busOver = (log: EventLog): CommandBus => createCommandBus({ log, codec, clock: systemClock });

describe('execute', () => {
  let directory: string;
  let log: EmbeddedEventLog;
  const open = () => openEventLog({ directory, clock: systemClock, chance: systemChance });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'storyline-'));
    log = await open();
  });

  afterEach(async () => {
    await log.close();
    await rm(directory, { recursive: true });
  });

  const recorded = async () =>
    (await log.readStream(streamName('counter', 'a'), { limit: 1000 })).map(({ data }) => data['amount']);

  it('appends what was decided and answers the new state', async () => {
    const executed = await busOver(log).execute(Counter, 'a', command('1'), add(2, 3));
    expect(executed).to.include({ ok: true }).and.have.nested.property('value.state', 5);
    expect(executed).to.have.nested.property('value.revision', 1);
    expect(await recorded()).to.deep.equal([2, 3]);
  });

  it('writes nothing when the decision refuses or has nothing to say', async () => {
    const bus = busOver(log);
    expect(await bus.execute(Counter, 'a', command('1'), () => refuse('too_late'))).to.deep.equal({
      ok: false,
      refusal: 'too_late',
    });
    expect(await bus.execute(Counter, 'a', command('2'), add())).to.have.nested.property(
      'value.revision',
      -1,
    );
    expect(await log.head()).to.equal(0n);
  });

  it('answers a repeat from the stored events without deciding again, also after a restart and after others', async () => {
    const first = await busOver(log).execute(Counter, 'a', command('1', 'mac'), add(2, 3));
    await busOver(log).execute(Counter, 'a', command('2'), add(10));
    await log.close();
    log = await open();
    const repeat = await busOver(log).execute(Counter, 'a', command('1', 'mac'), () => {
      throw new Error('decided again');
    });
    expect(repeat).to.have.nested.property('value.repeated', true);
    expect(repeat.ok && repeat.value.events).to.deep.equal(first.ok && first.value.events);
    expect(await recorded()).to.deep.equal([2, 3, 10]);
  });

  it('refuses a command id that comes back with another request', async () => {
    const bus = busOver(log);
    await bus.execute(Counter, 'a', command('1', 'mac'), add(1));
    expect(await bus.execute(Counter, 'a', command('1', 'other'), add(1))).to.deep.equal(
      refuse('idempotency_key_reused'),
    );
  });

  it('decides anew when another process was faster, so that nothing is lost or counted twice', async () => {
    const buses = [busOver(log), busOver(log), busOver(log)];
    const commands = Array.from({ length: 60 }, (_, n) =>
      buses[n % 3]!.execute(Counter, 'a', command(String(n)), (sum) =>
        ok([{ type: 'Added', v: 1, amount: sum + 1 } as const]),
      ),
    );
    const results = await Promise.all(commands);
    expect(results.every(({ ok: done }) => done)).to.equal(true);
    expect(await recorded()).to.deep.equal(Array.from({ length: 60 }, (_, n) => 2 ** n));
  });

  it('lets one of many racing repeats write', async () => {
    const buses = [busOver(log), busOver(log)];
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => buses[n % 2]!.execute(Counter, 'a', command('same'), add(1))),
    );
    expect(results.every((result) => result.ok && result.value.events.length === 1)).to.equal(true);
    expect(await recorded()).to.deep.equal([1]);
  });

  it('refuses a revision that has moved on', async () => {
    const bus = busOver(log);
    await bus.execute(Counter, 'a', command('1'), add(1, 1));
    expect(await bus.execute(Counter, 'a', command('2'), add(1), { ifRevision: 0 })).to.deep.equal(
      refuse('precondition_failed'),
    );
    const forbidden = () => refuse('forbidden' as const);
    expect(await bus.execute(Counter, 'a', command('2'), forbidden, { ifRevision: 0 })).to.deep.equal(
      refuse('forbidden'),
    );
    expect(await bus.execute(Counter, 'a', command('3'), add(1), { ifRevision: 1 })).to.have.property(
      'ok',
      true,
    );
  });

  it('gives up with a clear error when the stream never stands still', async () => {
    const stream = streamName('counter', 'a');
    const restless: EventLog = {
      ...bound(log),
      append: () => Promise.reject(new WrongExpectedRevision(stream, 'no_stream', 7)),
    };
    const failed = await createCommandBus({
      log: restless,
      codec,
      clock: { ...systemClock, sleep: async () => undefined },
    })
      .execute(Counter, 'a', command('1'), add(1))
      .catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(TooMuchContention);
  });

  it('keeps the same ids when the outcome was unknown, so that a retry writes nothing twice', async () => {
    let cut = true;
    const uncertain: EventLog = {
      ...bound(log),
      append: async (stream, expected, events) => {
        const appended = await log.append(stream, expected, events);
        if (!cut) return appended;
        cut = false;
        throw new LogUnavailable('unreachable', 'the answer was lost');
      },
    };
    const bus = busOver(uncertain);
    const lost = await bus
      .execute(Counter, 'a', command('1', 'mac'), add(4))
      .catch((error: unknown) => error);
    expect(lost).to.be.instanceOf(LogUnavailable);
    expect(await bus.execute(Counter, 'a', command('1', 'mac'), add(4))).to.have.nested.property(
      'value.repeated',
      true,
    );
    expect(await recorded()).to.deep.equal([4]);
  });
});

/** The port's functions of a class instance, to be replaced one by one. */
const bound = (log: EventLog): EventLog => ({
  append: (...call) => log.append(...call),
  readStream: (...call) => log.readStream(...call),
  readAll: (...call) => log.readAll(...call),
  follow: (...call) => log.follow(...call),
  head: () => log.head(),
  close: () => log.close(),
});
