import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { openEventStoreLog } from '../../src/adapters/services/eventstore/eventstore-log.ts';
import { systemChance, systemClock } from '../../src/core/clock.ts';
import { start, type Position } from '../../src/core/position.ts';
import { LogDamaged, LogUnavailable, type EventLog } from '../../src/ports/event-log.ts';
import { anEvent, aStream, events, readToEnd } from '../contracts/event-log.contract.ts';
import { eventually } from '../flows/program.ts';
import { startFaultProxy } from '../servers/fault-proxy.ts';
import { startEventStoreDouble, type EventStoreDouble } from '../servers/eventstore-double/server.ts';

/** What a follower was given so far, and its end. */
const following = (log: EventLog, after: Position = start) => {
  const ids: string[] = [];
  const stop = new AbortController();
  const done = (async () => {
    for await (const batch of log.follow(after, stop.signal)) ids.push(...batch.map(({ id }) => id));
  })();
  return {
    ids,
    until: (count: number) => eventually(async () => (ids.length >= count ? true : undefined), 20_000),
    stop: async () => {
      stop.abort();
      await done;
    },
  };
};

const unavailable = async (promise: Promise<unknown>): Promise<void> => {
  const error = await promise.then(
    () => assert.fail('It was expected to fail.'),
    (reason: unknown) => reason,
  );
  assert.instanceOf(error, LogUnavailable);
  assert.strictEqual(error.reason, 'unreachable');
};

describe('The log in EventStoreDB', () => {
  let double: EventStoreDouble;
  let log: EventLog;
  let notices: string[];

  const open = (url = double.url, deadline?: number): Promise<EventLog> =>
    openEventStoreLog({
      url,
      clock: systemClock,
      chance: systemChance,
      onNotice: (sentence) => notices.push(sentence),
      ...(deadline === undefined ? {} : { deadline }),
    });

  beforeEach(async () => {
    notices = [];
    double = await startEventStoreDouble();
    log = await open();
  });
  afterEach(async () => {
    await log.close();
    await double.stop();
  });

  const restart = async (): Promise<void> => {
    const { port, history } = double;
    await double.stop();
    double = await startEventStoreDouble({ port, history });
  };

  describe('of which the server lost an answer', () => {
    it('finds in the stream that the append has landed, and writes nothing twice', async () => {
      const stream = aStream();
      double.faults.loseAnswers(1);
      const batch = events(3);
      const { revision, position } = await log.append(stream, 'no_stream', batch);
      assert.strictEqual(revision, 2);
      const found = await log.readStream(stream, { limit: 10 });
      assert.deepEqual(
        found.map(({ id }) => id),
        batch.map(({ id }) => id),
      );
      assert.strictEqual(position, found[2]!.position);
    });

    it('tells a conflict from its own events when another one was quicker', async () => {
      const stream = aStream();
      const other = await open();
      double.faults.loseAnswers(1);
      const [own, theirs] = await Promise.allSettled([
        log.append(stream, 'no_stream', events(1)),
        other.append(stream, 'no_stream', events(1)),
      ]);
      const won = [own, theirs].filter(({ status }) => status === 'fulfilled');
      assert.lengthOf(won, 1);
      assert.lengthOf(await log.readStream(stream, { limit: 10 }), 1);
      await other.close();
    });

    it('appends again while the server is starting', async () => {
      double.faults.notReady(3);
      await log.append(aStream(), 'no_stream', events(2));
      assert.lengthOf(await readToEnd(log, start), 2);
    });

    it('loses and doubles nothing of many appends while answers are lost and the server restarts', async () => {
      const followed = following(log);
      const made: string[] = [];
      for (let round = 0; round < 4; round += 1) {
        double.faults.loseAnswers(10);
        const batch = Array.from({ length: 40 }, () => anEvent());
        const appends = batch.map((event) => log.append(aStream(), 'no_stream', [event]));
        if (round % 2 === 1) await restart();
        await Promise.all(appends);
        made.push(...batch.map(({ id }) => id));
      }
      const all = (await readToEnd(log, start)).map(({ id }) => id);
      assert.lengthOf(all, made.length);
      assert.sameMembers(all, made);
      await followed.until(made.length);
      assert.deepEqual(followed.ids, all);
      await followed.stop();
    });
  });

  describe('followed over a subscription', () => {
    for (const kind of ['slow', 'gone', 'ended'] as const) {
      it(`goes on behind the last event after each drop of the kind “${kind}”, without a gap or a repeat`, async () => {
        const followed = following(log);
        const made: string[] = [];
        for (let round = 0; round < 5; round += 1) {
          const batch = events(30);
          await log.append(aStream(), 'no_stream', batch);
          made.push(...batch.map(({ id }) => id));
          if (round % 2 === 0) await followed.until(made.length);
          await eventually(async () => (double.faults.subscriptions > 0 ? true : undefined));
          double.faults.dropSubscriptions(kind);
        }
        await followed.until(made.length);
        assert.deepEqual(followed.ids, made);
        await followed.stop();
        assert.match(notices[0]!, /was lost/);
      });
    }

    it('loses nothing for a consumer that the server drops because it is too slow', async () => {
      double.faults.dropBehind = 200;
      const stop = new AbortController();
      const slow = log.follow(start, stop.signal)[Symbol.asyncIterator]();
      await log.append(aStream(), 'no_stream', [anEvent()]);
      const ids = ((await slow.next()).value as readonly { id: string }[]).map(({ id }) => id);
      for (let round = 0; round < 30; round += 1) {
        const text = 'x'.repeat(2_000);
        const batch = Array.from({ length: 100 }, () => anEvent({ data: { text } }));
        await log.append(aStream(), 'no_stream', batch);
      }
      await eventually(async () => (double.faults.subscriptions === 0 ? true : undefined));
      while (ids.length < 3_001)
        ids.push(...((await slow.next()).value as readonly { id: string }[]).map(({ id }) => id));
      assert.deepEqual(
        ids,
        (await readToEnd(log, start)).map(({ id }) => id),
      );
      stop.abort();
      assert.isTrue((await slow.next()).done);
    });

    it('goes on within 3 s of the server’s return, however long that was gone', async () => {
      const followed = following(log);
      await log.append(aStream(), 'no_stream', events(1));
      await followed.until(1);
      const { port, history } = double;
      await double.stop();
      await unavailable(log.readAll({ after: start, limit: 1 }));
      double = await startEventStoreDouble({ port, history });
      const back = performance.now();
      await log.append(aStream(), 'no_stream', events(1));
      await followed.until(2);
      assert.isBelow(performance.now() - back, 3_000);
      await followed.stop();
    });

    it('follows from a place where no event begins', async () => {
      await log.append(aStream(), 'no_stream', events(3));
      const all = await readToEnd(log, start);
      const followed = following(log, (all[1]!.position - 1n) as Position);
      await followed.until(2);
      assert.deepEqual(followed.ids, [all[1]!.id, all[2]!.id]);
      await followed.stop();
      const between = (all[0]!.position + 5n) as Position;
      assert.deepEqual(await log.readAll({ after: between, limit: 1 }), [all[1]!]);
    });

    it('refuses to go on behind its end, where the server would be silent', async () => {
      const { position } = await log.append(aStream(), 'no_stream', events(1));
      const beyond = log.follow((position + 1_000n) as Position, new AbortController().signal);
      const error = await beyond[Symbol.asyncIterator]()
        .next()
        .then(
          () => assert.fail('It was expected to fail.'),
          (reason: unknown) => reason,
        );
      assert.instanceOf(error, LogDamaged);
      assert.match(error.message, /replaced by an older one/);
    });

    it('appends and reads on while 130 followers are open', async () => {
      const followers = Array.from({ length: 130 }, () => following(log));
      await eventually(async () => (double.faults.subscriptions === 130 ? true : undefined));
      const batch = events(5);
      await log.append(aStream(), 'no_stream', batch);
      assert.lengthOf(await readToEnd(log, start), 5);
      for (const { until, ids, stop } of followers) {
        await until(5);
        assert.lengthOf(ids, 5);
        await stop();
      }
      await eventually(async () => (double.faults.subscriptions === 0 ? true : undefined));
    });
  });

  describe('behind a network that fails', () => {
    for (const fault of ['refused', 'black-holed', 'cut-after-request', 'cut-in-answer', 'slow'] as const) {
      it(`(${fault}) answers in time, and heals within 5 s with nothing lost or doubled`, async () => {
        const proxy = await startFaultProxy({ host: '127.0.0.1', port: double.port });
        const far = await open(`esdb://127.0.0.1:${proxy.port}?tls=false`, 2_500);
        const followed = following(far);
        await far.append(aStream(), 'no_stream', events(3));
        await followed.until(3);
        const stream = aStream();
        const batch = events(2);
        await proxy.set(fault);
        const began = performance.now();
        const during = await far.append(stream, 'no_stream', batch).catch((error: unknown) => error);
        assert.isBelow(performance.now() - began, 6_000);
        if (during instanceof Error) assert.instanceOf(during, LogUnavailable);
        else assert.strictEqual(fault, 'slow');
        await proxy.set('none');
        const back = performance.now();
        await eventually(async () => far.append(stream, 'no_stream', batch).catch(() => undefined), 15_000);
        await followed.until(5);
        assert.isBelow(performance.now() - back, 5_000);
        assert.deepEqual(
          followed.ids,
          (await readToEnd(log, start)).map(({ id }) => id),
        );
        await followed.stop();
        await far.close();
        await proxy.close();
      });
    }
  });

  describe('of a server that does not answer', () => {
    it('says so in time, and what it then writes all the same is not written twice', async () => {
      const hasty = await open(double.url, 600);
      const stream = aStream();
      const batch = events(2);
      double.faults.freeze();
      const began = performance.now();
      await Promise.all([
        unavailable(hasty.append(stream, 'no_stream', batch)),
        unavailable(hasty.readAll({ after: start, limit: 1 })),
        unavailable(hasty.head()),
      ]);
      assert.isBelow(performance.now() - began, 3_000);
      double.faults.thaw();
      const { revision } = await hasty.append(stream, 'no_stream', batch);
      assert.strictEqual(revision, 1);
      assert.lengthOf(await log.readStream(stream, { limit: 10 }), 2);
      await hasty.close();
    });

    it('is not opened where there is none, and does not show the password', async () => {
      const error = await open('esdb://admin:hunter2@127.0.0.1:1?tls=false', 300).catch(
        (reason: unknown) => reason,
      );
      assert.instanceOf(error, LogUnavailable);
      assert.notMatch(String(error), /hunter2/);
      const broken = await open('esdb://admin:hunter2@127.0.0.1:1?tls=maybe').catch(
        (reason: unknown) => reason,
      );
      assert.match(String(broken), /cannot be read as a connection string/);
      assert.notMatch(String(broken), /hunter2/);
    });

    it('notices a frozen process by itself and is given what came meanwhile', async () => {
      const directory = await mkdtemp(join(tmpdir(), 'storyline-'));
      const main = join(import.meta.dirname, '../servers/eventstore-double/main.ts');
      const server: ChildProcess = spawn(process.execPath, ['--import=tsx', main, '0', directory], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [line] = (await once(server.stdout!, 'data')) as [Buffer];
      const frozen = await open(`esdb://127.0.0.1:${line.toString().trim().split(' ')[1]}?tls=false`);
      try {
        const followed = following(frozen);
        await frozen.append(aStream(), 'no_stream', events(1));
        await followed.until(1);
        server.kill('SIGSTOP');
        await eventually(
          async () => (notices.some((notice) => /was lost/.test(notice)) ? true : undefined),
          12_000,
        );
        server.kill('SIGCONT');
        await frozen.append(aStream(), 'no_stream', events(1));
        await followed.until(2);
        assert.lengthOf(followed.ids, 2);
        await followed.stop();
      } finally {
        await frozen.close();
        server.kill('SIGKILL');
        await rm(directory, { recursive: true });
      }
    });
  });
});
