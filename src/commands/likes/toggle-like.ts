import type { Result } from '../../core/result.ts';
import type { LikeEvent } from '../../events/like.ts';
import type { Like } from './like.ts';
import { setLike, type SetLike } from './set-like.ts';

export const toggleLike = (state: Like, toggle: Omit<SetLike, 'liked'>): Result<LikeEvent[], never> =>
  setLike(state, { ...toggle, liked: !state.liked });
