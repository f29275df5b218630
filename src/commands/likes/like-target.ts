import { ok, refuse, type Result } from '../../core/result.ts';
import type { Comment } from '../comments/comment.ts';
import type { Post } from '../posts/post.ts';
import type { LikeTarget } from './like.ts';

/** Only what is published can be liked, and a like of what is hidden cannot be taken back until it is there again. */
export const postTarget = (post: Post): Result<LikeTarget, 'post_not_found'> =>
  post.is === 'published'
    ? ok({ kind: 'post', id: post.postId, authorId: post.authorId, postId: post.postId })
    : refuse('post_not_found');

export const commentTarget = (comment: Comment, post: Post): Result<LikeTarget, 'comment_not_found'> =>
  comment.is === 'live' && post.is === 'published'
    ? ok({ kind: 'comment', id: comment.commentId, authorId: comment.authorId, postId: comment.postId })
    : refuse('comment_not_found');
