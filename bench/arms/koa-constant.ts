import { createSecretKey, randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import Router from '@koa/router';
import jwt from 'jsonwebtoken';
import Koa from 'koa';
import { serveArm } from '../harness/arm.ts';

/** The least that a GET with a token can be on this stack: koa, a router with one route, a verified JWT, a constant. */
const key = createSecretKey(randomBytes(32));
const issuer = 'storyline';
let server: Server;

const bearer = /^Bearer (\S+)$/;

const createApp = (body: string): Koa => {
  const router = new Router();
  router.get('/posts/:id', (ctx) => {
    const token = bearer.exec(ctx.get('authorization'))?.[1];
    if (token === undefined) return ctx.throw(401);
    jwt.verify(token, key, { algorithms: ['HS256'], issuer });
    ctx.type = 'application/json; charset=utf-8';
    ctx.body = body;
  });
  const app = new Koa();
  app.use(router.routes());
  return app;
};

serveArm({
  start: async ({ body }: { readonly body: string }) => {
    const handle = createApp(body).callback();
    server = createServer((request, response) => void handle(request, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  },
  port: () => (server.address() as AddressInfo).port,
  token: () =>
    jwt.sign({ sub: 'somebody', sid: 'session' }, key, { algorithm: 'HS256', issuer, expiresIn: '1h' }),
  stop: () => server.closeAllConnections(),
});
