import { Api, type Person } from './api.ts';
import type { ArmProcess } from './arm-process.ts';
import { httpArm, type Arm } from './comparison.ts';
import type { LoadPlan, LoadResult } from './http-load.ts';
import { bearer, postRequest } from './requests.ts';
import { commentText, postText } from './texts.ts';

/** Comments on a few posts by a few people, over HTTP, with the counters compared at the end. */
export interface CommentsLoad {
  readonly arm: Arm;
  readonly plan: Omit<LoadPlan, 'seconds'>;
  /** Throws when the posts' counters are not exactly what was acknowledged, or a comment cannot be read back. */
  readonly recount: () => Promise<void>;
}

const peopleCount = 8;
const postCount = 8;

export interface CommentsOptions {
  readonly name: string;
  readonly server: ArmProcess;
  readonly driver: ArmProcess;
  readonly port: number;
  readonly connections: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly rate?: number;
  /** Whom the load is done as, when they are there already. */
  readonly people?: readonly Person[];
}

export const commentsLoad = async (options: CommentsOptions): Promise<CommentsLoad> => {
  const { name, server, driver, port, connections, headers = {}, rate } = options;
  const api = new Api(port);
  const people = options.people ?? (await api.people(peopleCount));
  const posts: string[] = [];
  for (let index = 0; index < postCount; index += 1)
    posts.push(await api.publish(postText, people[index % people.length]!.token));
  const requests = people.flatMap(({ token }) =>
    posts.map((post) =>
      postRequest(`/posts/${post}/comments`, { content: commentText }, { ...bearer(token), ...headers }),
    ),
  );
  let acknowledged = 0;
  const check = async ({ answers, samples }: LoadResult): Promise<void> => {
    acknowledged += answers;
    for (const sample of samples) {
      const { id } = JSON.parse(sample.body) as { readonly id: string };
      const { body } = await api.get<{ readonly content: string }>(`/comments/${id}`);
      if (body.content !== commentText) throw new Error(`${name}: comment ${id} reads ${body.content}`);
    }
  };
  const plan = { port, connections, requests, samples: 8, ...(rate === undefined ? {} : { rate }) };
  return {
    plan,
    arm: httpArm({ name, server, driver, plan, status: 201, check }),
    recount: async () => {
      let counted = 0;
      for (const post of posts) {
        const { body } = await api.get<{ readonly comments_count: number }>(`/posts/${post}`);
        counted += body.comments_count;
      }
      if (counted !== acknowledged)
        throw new Error(`${name}: ${acknowledged} comments were acknowledged, the posts count ${counted}.`);
    },
  };
};
