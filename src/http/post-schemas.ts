import { Type } from '@sinclair/typebox';
import { Nullable } from './nullable.ts';
import { PageSchema } from './paging.ts';

/** Something else than blanks. */
const visible = '\\S';

const written = {
  title: Type.Optional(Nullable(Type.String({ maxLength: 200 }))),
  content: Type.Optional(
    Nullable(Type.String({ minLength: 1, maxLength: 100_000, pattern: visible, description: 'The text.' })),
  ),
  description: Type.Optional(Nullable(Type.String({ maxLength: 2_000 }))),
  place: Type.Optional(Nullable(Type.String({ maxLength: 200 }))),
  tagged_users: Type.Optional(
    Type.Array(Type.String({ format: 'uuid' }), {
      maxItems: 20,
      description: 'Ids of the people in it.',
    }),
  ),
};

const closed = { additionalProperties: false } as const;

const example = { title: 'Hello', content: 'My first story', place: 'Lisbon' };

export const CreatePostSchema = Type.Object(written, {
  $id: 'CreatePostSchema',
  ...closed,
  examples: [example],
});
/** PUT: what is left out is cleared. */
export const ReplacePostSchema = Type.Object(written, {
  $id: 'ReplacePostSchema',
  ...closed,
  examples: [example],
});
/** PATCH: what is left out stays, `null` clears. */
export const UpdatePostSchema = Type.Object(written, {
  $id: 'UpdatePostSchema',
  ...closed,
  examples: [{ title: 'Hello, world', place: null }],
});

export const UserReferenceSchema = Type.Object(
  { id: Type.String({ format: 'uuid' }), username: Type.String() },
  { $id: 'UserReferenceSchema', ...closed, description: 'Somebody with the name of now.' },
);

/** `null` once the author's account is erased. */
export const AuthorSchema = Nullable(UserReferenceSchema);

const ImageSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    status: Type.String({ enum: ['processing', 'ready', 'rejected'] }),
    reason: Nullable(Type.String()),
    url: Nullable(Type.String()),
    thumbnail_url: Nullable(Type.String()),
    width: Nullable(Type.Integer()),
    height: Nullable(Type.Integer()),
  },
  { $id: 'ImageSchema', ...closed },
);

export const PostSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    author: AuthorSchema,
    title: Nullable(Type.String()),
    content: Nullable(Type.String()),
    description: Nullable(Type.String()),
    images: Type.Array(ImageSchema),
    tagged_users: Type.Array(UserReferenceSchema),
    place: Nullable(Type.String()),
    created_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
    published_at: Nullable(Type.String({ format: 'date-time' })),
    likes_count: Type.Integer({ minimum: 0 }),
    comments_count: Type.Integer({ minimum: 0, description: 'Without the deleted ones.' }),
    is_liked: Type.Boolean({ description: 'By the caller; false without a token.' }),
    status: Type.String({ enum: ['processing', 'scheduled', 'published', 'rejected'] }),
  },
  { $id: 'PostSchema', ...closed },
);

export const PostPageSchema = PageSchema(PostSchema, 'PostPageSchema');

export const TopPostsSchema = Type.Object(
  { items: Type.Array(PostSchema, { maxItems: 10 }) },
  { $id: 'TopPostsSchema', ...closed },
);

export const DeletedSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    restore_until: Type.String({
      format: 'date-time',
      description: 'Until then whoever deleted it may restore it.',
    }),
  },
  { $id: 'DeletedSchema', ...closed },
);
