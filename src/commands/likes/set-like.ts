import type { Instant } from '../../core/clock.ts';
import type { UserId } from '../../core/ids.ts';
import { ok, type Result } from '../../core/result.ts';
import type { LikeEvent } from '../../events/like.ts';
import { likeFields, type Like, type LikeTarget } from './like.ts';

export interface SetLike {
  readonly target: LikeTarget;
  readonly by: UserId;
  readonly liked: boolean;
  readonly at: Instant;
}

/** Setting what is set appends nothing, so that the log's likes minus unlikes are the likes there are. */
export const setLike = (state: Like, { target, by, liked, at }: SetLike): Result<LikeEvent[], never> =>
  ok(
    state.liked === liked ? [] : [{ type: liked ? 'Liked' : 'Unliked', v: 1, ...likeFields(target, by), at }],
  );
