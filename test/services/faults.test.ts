import { expect } from 'chai';
import { startFaultProxy, type Fault, type FaultProxy } from '../servers/fault-proxy.ts';
import { eventually, login, register, startProgram, type RunningProgram } from '../flows/program.ts';
import { serviceUrl } from './services.ts';

/** A request is answered within this, whatever the network does to a dependency (ms). */
const answeredWithin = 10_000;
/** After the network is back (RELIABILITY, "Running"). */
const healedWithin = 15_000;

type Service = 'REDIS_URL' | 'MONGODB_URL' | 'EVENTSTORE_URL';

const throughProxy = async (
  variable: Service,
): Promise<{ readonly proxy: FaultProxy; readonly url: string }> => {
  const url = new URL(serviceUrl(variable));
  const proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(proxy.port);
  return { proxy, url: url.href };
};

const faults: readonly Fault[] = ['refused', 'black-holed', 'cut-after-request', 'cut-in-answer'];

describe('A dependency that fails', function () {
  this.timeout(120_000);
  let program: RunningProgram;
  let proxy: FaultProxy;
  let token: string;
  let postId: string;

  const begin = async (variable: Service) => {
    const through = await throughProxy(variable);
    proxy = through.proxy;
    const before = process.env[variable];
    process.env[variable] = through.url;
    try {
      program = await startProgram();
    } finally {
      process.env[variable] = before;
    }
    token = (await login(program, await register(program))).access;
    const post = await program.call('POST /posts', { token, body: { content: 'before the fault' } });
    postId = post.json.id as string;
  };

  afterEach(async () => {
    await proxy.set('none');
    await program.stop();
    await proxy.close();
  });

  /** The status, and that it came in time. */
  const ask = async (line: string, body?: unknown): Promise<number> => {
    const began = performance.now();
    const { status } = await program.call(line, { token, ...(body === undefined ? {} : { body }) });
    expect(performance.now() - began, line).to.be.below(answeredWithin);
    return status;
  };

  const healed = async (line: string): Promise<void> => {
    const back = performance.now();
    await proxy.set('none');
    await eventually(async () => ((await ask(line)) === 200 ? true : undefined), healedWithin);
    expect(performance.now() - back).to.be.below(healedWithin);
  };

  describe('Redis', () => {
    beforeEach(() => begin('REDIS_URL'));

    for (const fault of faults) {
      it(`that is ${fault} lets nobody in unchecked, answers 503 in time, and heals`, async () => {
        await proxy.set(fault);
        expect(await ask('GET /auth/me')).to.equal(503);
        expect(await ask('POST /posts', { content: 'during the fault' })).to.equal(503);
        await healed('GET /auth/me');
        expect(await ask(`GET /posts/${postId}`)).to.equal(200);
      });
    }

    it('that is slow makes answers late, not wrong', async () => {
      await proxy.set('slow');
      expect(await ask('GET /auth/me')).to.be.oneOf([200, 503]);
      await healed('GET /auth/me');
    });
  });

  describe('MongoDB', () => {
    beforeEach(() => begin('MONGODB_URL'));

    for (const fault of faults) {
      it(`that is ${fault} is a 503 in time, and what was written meanwhile is there afterwards`, async () => {
        await proxy.set(fault);
        expect(await ask(`GET /posts/${postId}`)).to.equal(503);
        await healed(`GET /posts/${postId}`);
        expect(await ask('POST /posts', { content: 'after the fault' })).to.equal(201);
      });
    }
  });

  describe('EventStoreDB', () => {
    beforeEach(() => begin('EVENTSTORE_URL'));

    for (const fault of faults) {
      it(`that is ${fault} is a 503 in time for who writes and nothing for who reads, and heals`, async () => {
        await proxy.set(fault);
        const [read, written] = await Promise.all([
          ask(`GET /posts/${postId}`),
          ask('POST /posts', { content: 'during the fault' }),
        ]);
        expect(read).to.equal(200);
        expect(written).to.equal(503);
        await healed(`GET /posts/${postId}`);
        await eventually(
          async () => ((await ask('POST /posts', { content: 'after the fault' })) === 201 ? true : undefined),
          healedWithin,
        );
      });
    }
  });
});
