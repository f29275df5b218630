import { editPost, type EditPost } from '../../../src/commands/posts/edit-post.ts';
import { Post } from '../../../src/commands/posts/post.ts';
import { erased } from '../../../src/events/event-schema.ts';
import { given } from '../given.ts';
import { anna, boris, created, edited, minute, published, removed, restored, written } from './examples.ts';

const edit =
  (change: EditPost['change'], rest: Partial<EditPost> = {}) =>
  (post: Post) =>
    editPost(post, { by: anna, change, unknownUsers: [], at: minute(1), ...rest });

describe('Editing a post', () => {
  it('changes what is named and keeps the rest', () => {
    given(Post, created, published)
      .when(edit({ content: 'Other content' }))
      .then(edited);
  });

  it('clears what is given as null', () => {
    given(Post, created, published)
      .when(edit({ title: null, content: 'Other content', description: null, place: null, taggedUsers: [] }))
      .then({ ...edited, title: null, place: null, taggedUsers: [] });
  });

  it('does nothing when nothing would change', () => {
    given(Post, created, published).when(edit(written)).then();
  });

  it('notices when only the tagged people change', () => {
    given(Post, created, published)
      .when(edit({ content: 'Other content', taggedUsers: [anna] }))
      .then({ ...edited, taggedUsers: [anna] });
  });

  it('compares with the latest edit', () => {
    given(Post, created, published, edited)
      .when(edit({ content: 'Other content' }))
      .then();
  });

  it('needs content to remain', () => {
    given(Post, created, published)
      .when(edit({ content: null }))
      .refuses('post_needs_content');
  });

  it('needs content again where the old one was erased', () => {
    given(Post, { ...created, content: erased }, published)
      .when(edit({ title: 'Other title' }))
      .refuses('post_needs_content');
  });

  it('refuses texts that do not fit one append', () => {
    given(Post, created, published)
      .when(edit({ content: '😀'.repeat(100_000) }))
      .refuses('text_too_large');
  });

  it('tags nobody who has no account', () => {
    given(Post, created, published)
      .when(edit({ taggedUsers: [boris, anna] }, { unknownUsers: [anna] }))
      .refuses('tagged_user_unknown', { user_id: anna });
  });

  it('is the author’s', () => {
    given(Post, created, published)
      .when(edit({ content: 'Mine now' }, { by: boris }))
      .refuses('not_the_author');
  });

  it('tells nobody else of an unpublished post', () => {
    given(Post, created)
      .when(edit({ content: 'Mine now' }, { by: boris }))
      .refuses('post_not_found');
  });

  it('lets the author edit before publication', () => {
    given(Post, created)
      .when(edit({ content: 'Other content' }))
      .then(edited);
  });

  it('finds no deleted post', () => {
    given(Post, created, published, removed)
      .when(edit({ content: 'Other content' }))
      .refuses('post_not_found');
  });

  it('finds a restored one', () => {
    given(Post, created, published, removed, restored)
      .when(edit({ content: 'Other content' }))
      .then(edited);
  });

  it('finds nothing where nothing was created', () => {
    given(Post)
      .when(edit({ content: 'Other content' }))
      .refuses('post_not_found');
  });
});
