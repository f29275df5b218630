import { createPost } from '../../../src/commands/posts/create-post.ts';
import { Post } from '../../../src/commands/posts/post.ts';
import { given } from '../given.ts';
import { anna, boris, created, minute, postId, published, written } from './examples.ts';

const command = { ...written, postId, by: anna, unknownUsers: [], at: minute(0) };

describe('Creating a post', () => {
  it('publishes text at once, as an event of its own', () => {
    given(Post)
      .when((post) => createPost(post, command))
      .then(created, published);
  });

  it('needs content', () => {
    given(Post)
      .when((post) => createPost(post, { ...command, content: null }))
      .refuses('post_needs_content');
  });

  it('tags nobody who has no account', () => {
    given(Post)
      .when((post) => createPost(post, { ...command, unknownUsers: [boris] }))
      .refuses('tagged_user_unknown', { user_id: boris });
  });

  it('refuses texts that do not fit one append, whatever they count in characters', () => {
    given(Post)
      .when((post) => createPost(post, { ...command, content: '😀'.repeat(100_000) }))
      .refuses('text_too_large');
  });

  it('takes 100,000 characters of Chinese', () => {
    const content = '故'.repeat(100_000);
    given(Post)
      .when((post) => createPost(post, { ...command, content }))
      .then({ ...created, content }, published);
  });

  it('does not happen twice under one id', () => {
    given(Post, created, published)
      .when((post) => createPost(post, command))
      .refuses('id_taken');
  });
});
