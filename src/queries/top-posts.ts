import type { Millis } from '../core/clock.ts';
import type { UserId } from '../core/ids.ts';
import type { EphemeralStore } from '../ports/ephemeral-store.ts';
import { postsFor } from './newest-posts.ts';
import { postPart, type PostPart } from './post-json.ts';
import type { PostModels } from './post.ts';

/** TOP-10 (brief 2). */
const length = 10;

/** The projection of posts grows it with every batch, before anybody is told that the batch is shown. */
const versionKey = 'version:posts';
const versionLife: Millis = 365 * 24 * 3_600_000;

/** A version is never asked for again once a newer one is there, so old entries only wait for their end. */
const entryLife: Millis = 60_000;

export interface TopPosts {
  readonly json: string;
  readonly cache: 'hit' | 'stored';
}

const readTop = async (models: Pick<PostModels, 'posts'>): Promise<readonly PostPart[]> => {
  const found = await models.posts.find({ index: 'top', direction: 'descending', limit: length });
  return found.map(({ id, value }) => postPart(id, value));
};

/**
 * The posts with most likes, of equals the latest published first. What is cached holds nobody's name and nothing of
 * the viewer; its key is the version that was current *before* the read, so it is never older than its version.
 */
export const topPosts = async (
  models: PostModels,
  ephemeral: EphemeralStore,
  viewer: UserId | undefined,
): Promise<TopPosts> => {
  const { count } = await ephemeral.increment(versionKey, 0, versionLife, { volatile: true });
  const key = `top:${count}`;
  const kept = await ephemeral.get(key);
  const parts = kept === undefined ? await readTop(models) : (JSON.parse(kept.value) as readonly PostPart[]);
  if (kept === undefined) await ephemeral.set(key, JSON.stringify(parts), entryLife);
  const items = await postsFor(models, viewer, parts);
  return { json: `{"items":[${items.join(',')}]}`, cache: kept === undefined ? 'stored' : 'hit' };
};
