import { Api } from '../harness/api.ts';
import { ArmProcess } from '../harness/arm-process.ts';
import { compare, httpArm, type Comparison } from '../harness/comparison.ts';
import type { Bench, Figure, Goal } from '../harness/goal.ts';
import type { LoadResult } from '../harness/http-load.ts';
import { driverCore, serverCore } from '../harness/pinning.ts';
import { bearer, getRequest } from '../harness/requests.ts';
import { withScratch } from '../harness/scratch.ts';
import { startDriver, startStoryline } from '../harness/storyline.ts';
import { postText } from '../harness/texts.ts';

const postCount = 100;

/** Every sampled answer must be one of those that the server gave when it was asked slowly. */
export const sameAs =
  (name: string, bodies: ReadonlySet<string>) =>
  ({ samples }: LoadResult): void => {
    for (const { body } of samples)
      if (!bodies.has(body)) throw new Error(`${name}: an answer under load differs: ${body.slice(0, 500)}`);
  };

export const figuresOf = (
  { throughput, cpu }: Comparison,
  figure: Pick<Figure, 'goal' | 'what' | 'against' | 'must' | 'aim'>,
): readonly Figure[] => [
  { ...figure, what: `${figure.what}, CPU`, measured: cpu, unit: '×', spread: '95 % confidence' },
  {
    ...figure,
    what: `${figure.what}, throughput`,
    measured: throughput,
    unit: '×',
    spread: 'min–max of rounds',
  },
];

const run = ({ settings: { connections, ...settings } }: Bench) =>
  withScratch(async (directory) => {
    const driver = await startDriver(driverCore);
    const { arm: server, port } = await startStoryline({ directory });
    const api = new Api(port);
    const [reader, author] = await api.people(2);
    const paths: string[] = [];
    for (let index = 0; index < postCount; index += 1)
      paths.push(`/posts/${await api.publish(postText, author!.token)}`);
    const bodies = new Set<string>();
    for (const path of paths) bodies.add((await api.get(path, reader!.token)).text);

    const constant = [...bodies][0]!;
    const bare = await ArmProcess.start('arms/koa-constant.ts', {
      core: serverCore,
      input: { body: constant },
    });
    const bareToken = bearer(await bare.call<string>('token'));
    const barePort = await bare.call<number>('port');
    const requests = (token: Readonly<Record<string, string>>) =>
      paths.map((path) => getRequest(path, token));
    const ours = httpArm({
      name: 'GET one post',
      server,
      driver,
      plan: { port, connections, requests: requests(bearer(reader!.token)), samples: 16 },
      status: 200,
      check: sameAs('GET one post', bodies),
    });
    const other = httpArm({
      name: 'koa + router + JWT, constant',
      server: bare,
      driver,
      plan: { port: barePort, connections, requests: requests(bareToken), samples: 16 },
      status: 200,
      check: sameAs('constant', new Set([constant])),
    });
    const comparison = await compare(ours, other, { ...settings, connections });
    for (const arm of [server, bare, driver]) await arm.stop();
    const figure = {
      goal: 6,
      what: 'GET one post with a token, all routes mounted',
      against: 'koa + @koa/router + JWT answering a constant of the same size',
      must: { atLeast: 0.7 },
      aim: { atLeast: 0.85 },
    };
    return { measures: comparison.measures, figures: figuresOf(comparison, figure) };
  });

export const onePost: Goal = {
  name: 'one-post',
  number: 6,
  method:
    'One reader asks for 100 posts in turn, with a token whose session is checked. The other arm is koa with one route that ' +
    'verifies a JWT (jsonwebtoken with a KeyObject) and answers the first of those bodies as a string. Sampled answers must ' +
    'be the same as when asked slowly.',
  run,
};
