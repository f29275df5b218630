import type { CommentedPost } from '../commands/comments/comment.ts';
import type { CommandBus } from '../commands/execute.ts';
import { Post } from '../commands/posts/post.ts';
import type { PostId } from '../core/ids.ts';

/** The post as other streams' decisions need it, from its own stream; `undefined` unless it is published. */
export const publishedPost = async (bus: CommandBus, id: PostId): Promise<CommentedPost | undefined> => {
  const { state } = await bus.load(Post, id);
  return state.is === 'published' ? { postId: state.postId, authorId: state.authorId } : undefined;
};
