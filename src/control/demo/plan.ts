import { deriveId, type CommentId, type PostId, type UserId } from '../../core/ids.ts';
import { bios, openings, people, places, replies, subjects, thoughts } from './texts.ts';

export interface DemoUser {
  readonly id: UserId;
  readonly username: string;
  readonly email: string;
  readonly bio: string;
}

export interface DemoPost {
  readonly do: 'post';
  readonly id: PostId;
  readonly by: UserId;
  readonly title: string | null;
  readonly content: string;
  readonly place: string | null;
  readonly minute: number;
}

export interface DemoComment {
  readonly do: 'comment';
  readonly id: CommentId;
  readonly by: UserId;
  readonly post: DemoPost;
  readonly parent: CommentId | undefined;
  readonly content: string;
  readonly minute: number;
}

export interface DemoLike {
  readonly do: 'like';
  readonly by: UserId;
  readonly target: DemoPost | DemoComment;
  readonly minute: number;
}

export type DemoAction = DemoPost | DemoComment | DemoLike;

export interface DemoPlan {
  readonly users: readonly DemoUser[];
  /** In the order of time; whatever an action refers to comes before it. */
  readonly actions: readonly DemoAction[];
  /** How many minutes the story lasts. */
  readonly minutes: number;
}

export interface DemoSize {
  readonly posts: number;
  readonly comments: number;
  /** On average, for each post; comments get fewer. */
  readonly likes: number;
}

/** mulberry32: the same seed tells the same story on every machine. */
const dice = (seed: number) => {
  let state = seed >>> 0;
  const roll = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (limit: number): number => Math.floor(roll() * limit),
    chance: (share: number): boolean => roll() < share,
    pick: <T>(from: readonly T[]): T => from[Math.floor(roll() * from.length)]!,
    /** The first ones far more often than the last: a few people write most. */
    favour: <T>(from: readonly T[]): T => from[Math.floor(roll() ** 2 * from.length)]!,
  };
};

type Dice = ReturnType<typeof dice>;

const minutesOfStory = 30 * 24 * 60;

const planPosts = (roll: Dice, seed: number, users: readonly DemoUser[], count: number): DemoPost[] =>
  Array.from({ length: count }, (_, index) => ({
    do: 'post' as const,
    id: deriveId<PostId>('demo', String(seed), 'post', String(index)),
    by: roll.favour(users).id,
    title: roll.chance(0.4) ? capitalised(roll.pick(subjects)) : null,
    content: `${roll.pick(openings)} ${roll.pick(subjects)}. ${roll.pick(thoughts)}`,
    place: roll.chance(0.2) ? roll.pick(places) : null,
    minute: roll.below(minutesOfStory * 0.95),
  })).sort((a, b) => a.minute - b.minute);

const capitalised = (text: string): string => `${text[0]!.toUpperCase()}${text.slice(1)}`;

const planComments = (
  roll: Dice,
  seed: number,
  users: readonly DemoUser[],
  posts: readonly DemoPost[],
  count: number,
): DemoComment[] => {
  const popular = [...posts].sort((a, b) => (a.id < b.id ? -1 : 1));
  const threads = new Map<PostId, DemoComment[]>();
  return Array.from({ length: posts.length === 0 ? 0 : count }, (_, index) => {
    const post = roll.favour(popular);
    const thread = threads.get(post.id) ?? [];
    threads.set(post.id, thread);
    const parent =
      thread.length > 0 && roll.chance(0.65)
        ? thread[thread.length - 1 - roll.below(Math.min(4, thread.length))]
        : undefined;
    const after = parent?.minute ?? post.minute;
    const comment: DemoComment = {
      do: 'comment',
      id: deriveId<CommentId>('demo', String(seed), 'comment', String(index)),
      by: roll.pick(users).id,
      post,
      parent: parent?.id,
      content: roll.pick(replies),
      minute: after + 1 + roll.below(Math.max(1, Math.min(600, minutesOfStory - after - 1))),
    };
    thread.push(comment);
    return comment;
  });
};

const planLikes = (
  roll: Dice,
  users: readonly DemoUser[],
  targets: readonly (DemoPost | DemoComment)[],
  likes: number,
): DemoLike[] =>
  targets.flatMap((target) => {
    const most = target.do === 'post' ? likes * 2 : likes / 8;
    const wanted = Math.min(users.length, roll.below(most + 1));
    const first = roll.below(users.length);
    return Array.from({ length: wanted }, (_, index) => ({
      do: 'like' as const,
      by: users[(first + index * 7) % users.length]!.id,
      target,
      minute: target.minute + 1 + roll.below(2_000),
    }));
  });

/** A story of thirty days: who writes, answers and likes what, and when. Pure: the seed decides all of it. */
export const planDemo = (seed: number, { posts, comments, likes }: DemoSize): DemoPlan => {
  const roll = dice(seed);
  const users = people.map((username, index) => ({
    id: deriveId<UserId>('demo', String(seed), 'user', username),
    username,
    email: `${username}@example.org`,
    bio: bios[index % bios.length]!,
  }));
  const planned = planPosts(roll, seed, users, posts);
  const answered = planComments(roll, seed, users, planned, comments);
  const liked = planLikes(roll, users, [...planned, ...answered], likes);
  const order = { post: 0, comment: 1, like: 2 };
  const actions = [...planned, ...answered, ...liked].sort(
    (a, b) => a.minute - b.minute || order[a.do] - order[b.do],
  );
  return { users, actions, minutes: Math.max(minutesOfStory, actions.at(-1)?.minute ?? 0) };
};
