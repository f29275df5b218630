import { fewComments, fewLikes, seededPost, widePosts } from '../arms/histories.ts';
import { Api } from '../harness/api.ts';
import { compare, httpArm } from '../harness/comparison.ts';
import type { Bench, Figure, Goal, GoalReport } from '../harness/goal.ts';
import { driverCore } from '../harness/pinning.ts';
import { bearer, getRequest } from '../harness/requests.ts';
import { seededDirectory } from '../harness/seeded.ts';
import { startDriver, startStoryline } from '../harness/storyline.ts';
import { sameAs } from './one-post.ts';

interface Growth {
  readonly what: string;
  readonly few: string;
  readonly many: string;
}

const growths = (size: string): readonly Growth[] => [
  {
    what: `page of comments, 100 → ${size} comments`,
    few: `/posts/${seededPost(widePosts.fewComments)}/comments?limit=20`,
    many: `/posts/${seededPost(widePosts.manyComments)}/comments?limit=20`,
  },
  {
    what: `page of likers, 10 → ${size} likes`,
    few: `/posts/${seededPost(widePosts.fewLikes)}/likes?limit=10`,
    many: `/posts/${seededPost(widePosts.manyLikes)}/likes?limit=10`,
  },
  {
    what: `post with likes_count and is_liked, 10 → ${size} likes`,
    few: `/posts/${seededPost(widePosts.fewLikes)}`,
    many: `/posts/${seededPost(widePosts.manyLikes)}`,
  },
];

interface Counters {
  readonly comments_count: number;
  readonly likes_count: number;
}

const checkCounters = async (api: Api, size: number): Promise<void> => {
  const expected = [
    [widePosts.fewComments, 'comments_count', fewComments],
    [widePosts.manyComments, 'comments_count', size],
    [widePosts.fewLikes, 'likes_count', fewLikes],
    [widePosts.manyLikes, 'likes_count', size],
  ] as const;
  for (const [name, counter, count] of expected) {
    const { body } = await api.get<Counters>(`/posts/${seededPost(name)}`);
    if (body[counter] !== count) throw new Error(`${name} has ${counter} ${body[counter]}, not ${count}.`);
  }
};

const run = async ({ settings, say }: Bench): Promise<GoalReport> => {
  const directory = await seededDirectory('wide', settings.wide, say);
  const driver = await startDriver(driverCore);
  const { arm: server, port } = await startStoryline({ directory });
  const api = new Api(port);
  const [reader] = await api.people(1);
  const { token } = reader!;
  await checkCounters(api, settings.wide);
  const figures: Figure[] = [];
  const measures: GoalReport['measures'][number][] = [];
  const arm = async (name: string, path: string) =>
    httpArm({
      name,
      server,
      driver,
      plan: {
        port,
        connections: settings.connections,
        requests: [getRequest(path, bearer(token))],
        samples: 4,
      },
      status: 200,
      check: sameAs(name, new Set([(await api.get(path, token)).text])),
    });
  for (const { what, few, many } of growths(settings.wide.toLocaleString('en'))) {
    const comparison = await compare(
      await arm(`few: ${what}`, few),
      await arm(`many: ${what}`, many),
      settings,
    );
    measures.push(...comparison.measures);
    figures.push({
      goal: 12,
      what: `${what}, CPU`,
      against: 'itself at the small end',
      must: { atMost: 1.5 },
      aim: { atMost: 1.2 },
      measured: comparison.cpu,
      unit: '×',
      spread: '95 % confidence',
    });
  }
  for (const one of [server, driver]) await one.stop();
  return { figures, measures };
};

export const widePost: Goal = {
  name: 'wide-post',
  number: 12,
  method:
    'One data directory holds a post with 100 comments and one with 1M, a post with 10 likes and one with 1M, written straight ' +
    'into the log. The first page of each is read with a token; pages of likers have 10 items at both ends. The counters must be ' +
    'exactly what was seeded, sampled answers the same as when asked slowly.',
  run,
};
