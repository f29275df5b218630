import { Api } from '../harness/api.ts';
import { compare, httpArm } from '../harness/comparison.ts';
import type { Bench, Goal } from '../harness/goal.ts';
import { driverCore } from '../harness/pinning.ts';
import { bearer, getRequest } from '../harness/requests.ts';
import { withScratch } from '../harness/scratch.ts';
import { startDriver, startStoryline } from '../harness/storyline.ts';
import { postText } from '../harness/texts.ts';
import { figuresOf, sameAs } from './one-post.ts';

const postCount = 200;
const authors = 8;

/** Posts by several people; the reader likes every third, so that the viewer's own fields differ. */
const fill = async (api: Api): Promise<string> => {
  const people = await api.people(authors);
  const reader = people[0]!;
  for (let index = 0; index < postCount; index += 1) {
    const post = await api.publish(postText, people[index % authors]!.token);
    if (index % 3 === 0) await api.post(`/posts/${post}/like`, undefined, reader.token);
  }
  return reader.token;
};

const run = ({ settings: { connections, ...settings } }: Bench) =>
  withScratch(async (directory) => {
    const driver = await startDriver(driverCore);
    const { arm: server, port } = await startStoryline({ directory });
    const api = new Api(port);
    const token = await fill(api);
    const path = '/posts?limit=20';
    const page = (await api.get<{ readonly items: readonly unknown[] }>(path, token)).text;
    const staticPort = await server.call<number>('listenWithStaticPage', page);
    const check = sameAs('page', new Set([page]));
    const plan = { connections, samples: 16 };
    const ours = httpArm({
      name: 'page of 20 posts with viewer fields',
      server,
      driver,
      plan: { ...plan, port, requests: [getRequest(path, bearer(token))] },
      status: 200,
      check,
    });
    const other = httpArm({
      name: 'the same page as a static string',
      server,
      driver,
      plan: { ...plan, port: staticPort, requests: [getRequest('/bench/static-page', bearer(token))] },
      status: 200,
      check,
    });
    const comparison = await compare(ours, other, { ...settings, connections });
    for (const arm of [server, driver]) await arm.stop();
    const figure = {
      goal: 7,
      what: `page of 20 posts (${(page.length / 1000).toFixed(1)} KB) with viewer fields`,
      against: 'the same page as a static string through the same stack',
      must: { atLeast: 0.45 },
      aim: { atLeast: 0.65 },
    };
    return { measures: comparison.measures, figures: figuresOf(comparison, figure) };
  });

export const pageOfPosts: Goal = {
  name: 'page-of-posts',
  number: 7,
  method:
    'The newest 20 of 200 posts by 8 authors, read with a token by somebody who likes a third of them (the feed comes with ' +
    'subscriptions; until then this list stands in). The other arm is one more route in the same process that answers the same ' +
    'text: same middleware, same token check. Sampled answers of both must be that text.',
  run,
};
