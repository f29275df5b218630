import type { UserId } from '../core/ids.ts';
import type { PostDocument } from '../projections/posts.ts';
import { personJson, type People } from './people.ts';

/** A post without what depends on its viewer or on anybody's name: what may be cached. */
export interface PostPart {
  readonly id: string;
  readonly authorId: UserId;
  readonly taggedUsers: readonly UserId[];
  /** JSON text of the fields, without braces. */
  readonly json: string;
}

/** One text a document, as long as that is in memory: to join twenty of them anew costs more than to read them. */
const parts = new WeakMap<PostDocument, PostPart>();

export const postPart = (id: string, post: PostDocument): PostPart => {
  let part = parts.get(post);
  if (part === undefined) parts.set(post, (part = partOf(id, post)));
  return part;
};

/** Ids and moments need no escaping, and the texts are JSON already: nothing is serialised at read. */
const partOf = (id: string, post: PostDocument): PostPart => {
  const publishedAt = post.publishedAt === null ? 'null' : `"${post.publishedAt}"`;
  const json =
    `"id":"${id}",${post.text},"images":[],"created_at":"${post.createdAt}","updated_at":"${post.updatedAt}",` +
    `"published_at":${publishedAt},"status":"${post.publishedAt === null ? 'processing' : 'published'}",` +
    `"likes_count":${post.likes},"comments_count":${post.comments}`;
  // V8 keeps a text that was joined as a tree of its pieces; reading a character makes it one piece, once for all pages.
  json.charCodeAt(0);
  return { id, authorId: post.authorId, taggedUsers: post.taggedUsers, json };
};

const taggedJson = (taggedUsers: readonly UserId[], people: People): string =>
  taggedUsers.length === 0
    ? ''
    : taggedUsers
        .map((id) => personJson(id, people.get(id)))
        .filter((person) => person !== 'null')
        .join(',');

export const postJson = (part: PostPart, people: People, isLiked: boolean): string =>
  `{${part.json},"author":${personJson(part.authorId, people.get(part.authorId))},` +
  `"tagged_users":[${taggedJson(part.taggedUsers, people)}],"is_liked":${isLiked}}`;

/** Everybody whose name the posts need. */
export const namedIn = (named: readonly Pick<PostPart, 'authorId' | 'taggedUsers'>[]): readonly UserId[] => {
  const people: UserId[] = [];
  for (const { authorId, taggedUsers } of named) {
    people.push(authorId);
    for (const tagged of taggedUsers) people.push(tagged);
  }
  return people;
};
