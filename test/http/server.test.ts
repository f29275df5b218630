import { expect } from 'chai';
import { connect, type Socket } from 'node:net';
import { call, startTestApplication, type TestApplication } from './test-application.ts';

const opened = (port: number, bytes: string): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(bytes);
      resolve(socket);
    });
    socket.on('error', () => undefined);
  });

const received = (socket: Socket): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(text));
  });

const slow = { headersTimeout: 300, requestTimeout: 600, connectionsCheckingInterval: 100 };

describe('The server', () => {
  let app: TestApplication;
  afterEach(() => app.stop());

  it('does not wait for headers that never end', async () => {
    app = await startTestApplication({ settings: slow });
    const sockets = await Promise.all(
      Array.from({ length: 50 }, () => opened(app.port, 'GET /health HTTP/1.1\r\nHost: x\r\nX-A: ')),
    );
    const began = performance.now();
    const answers = await Promise.all(sockets.map(received));
    expect(performance.now() - began).to.be.below(2_000);
    for (const answer of answers) {
      expect(answer).to.match(/^HTTP\/1\.1 408 /);
      expect(answer).to.include('"type":"/problems/request-timeout"');
    }
  });

  it('does not wait for a body that never ends', async () => {
    app = await startTestApplication({ settings: slow });
    const socket = await opened(
      app.port,
      'POST /tickets HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"pass',
    );
    expect(await received(socket)).to.match(/^HTTP\/1\.1 408 /);
    expect((await call(app, 'GET /health')).status).to.equal(200);
  });

  it('closes connections that nobody uses', async () => {
    app = await startTestApplication({ settings: { keepAliveTimeout: 100 } });
    const socket = await opened(app.port, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await received(socket)).to.match(/^HTTP\/1\.1 200 /);
  });

  it('takes no more connections than it may, and takes others when some have left', async () => {
    app = await startTestApplication({ settings: { maxConnections: 3 } });
    const kept = await Promise.all(
      [1, 2, 3].map(() => opened(app.port, 'GET /health HTTP/1.1\r\nHost: x\r\n\r\n')),
    );
    await Promise.all(kept.map((socket) => new Promise((resolve) => socket.once('data', resolve))));
    const last = 'GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';
    expect(await received(await opened(app.port, last))).to.equal('');
    for (const socket of kept) socket.destroy();
    let answer = '';
    while (answer === '') answer = await received(await opened(app.port, last));
    expect(answer).to.match(/^HTTP\/1\.1 200 /);
  });

  it('answers what it has accepted before it stops, and accepts nothing more', async () => {
    app = await startTestApplication();
    let open: () => void = () => undefined;
    let waiting = 0;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { execute } = app.bus;
    app.bus.execute = async (...given) => {
      waiting += 1;
      await gate;
      return execute(...given);
    };
    const running = Array.from({ length: 20 }, () =>
      call(app, 'POST /notes', { as: 'alice', body: { text: 'hi' } }),
    );
    while (waiting < 20) await new Promise(setImmediate);
    const stopped = app.server.stop(5_000);
    await expectRefused(app.port);
    open();
    const answers = await Promise.all(running);
    expect(answers.map(({ status }) => status)).to.deep.equal(Array(20).fill(201));
    expect(answers.map(({ headers }) => headers.get('connection'))).to.deep.equal(Array(20).fill('close'));
    await stopped;
  });

  it('stops at once when all connections are idle, and in time when one never ends', async () => {
    app = await startTestApplication();
    await call(app, 'GET /health');
    const began = performance.now();
    await app.server.stop(5_000);
    expect(performance.now() - began).to.be.below(1_000);
    await app.stop();

    app = await startTestApplication();
    app.bus.gate = new Promise(() => undefined);
    const hanging = call(app, 'POST /notes', { as: 'alice', body: { text: 'hi' } }).catch(() => 'cut');
    const { execute } = app.bus;
    let reached: () => void = () => undefined;
    const arrived = new Promise<void>((resolve) => {
      reached = resolve;
    });
    app.bus.execute = (...given) => {
      reached();
      return execute(...given);
    };
    await arrived;
    const then = performance.now();
    await app.server.stop(200);
    expect(performance.now() - then).to.be.below(1_500);
    expect(await hanging).to.equal('cut');
  });

  it('keeps a connection for many requests, pipelined ones in order', async () => {
    app = await startTestApplication();
    const line = (path: string, more = '') => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
    const socket = await opened(
      app.port,
      line('/health') + line('/nowhere') + line('/health', 'Connection: close\r\n'),
    );
    const text = await received(socket);
    expect([...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status)).to.deep.equal([
      '200',
      '404',
      '200',
    ]);
  });
});

const expectRefused = async (port: number): Promise<void> => {
  const refused = await new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(false);
    });
    socket.on('error', () => resolve(true));
  });
  expect(refused).to.equal(true);
};
