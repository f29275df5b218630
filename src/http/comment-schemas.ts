import { Type } from '@sinclair/typebox';
import { Nullable } from './nullable.ts';
import { PageSchema } from './paging.ts';
import { AuthorSchema } from './post-schemas.ts';

const content = Type.String({
  minLength: 1,
  maxLength: 10_000,
  // Something else than blanks.
  pattern: '\\S',
  description: 'The text.',
});

export const CreateCommentSchema = Type.Object(
  {
    content,
    parent_id: Type.Optional(
      Type.Union([Type.String({ format: 'uuid' }), Type.Null()], {
        description: 'The comment of the same post that this one answers.',
      }),
    ),
  },
  { $id: 'CreateCommentSchema', additionalProperties: false, examples: [{ content: 'The first comment' }] },
);

export const ReplaceCommentSchema = Type.Object(
  { content },
  { $id: 'ReplaceCommentSchema', additionalProperties: false, examples: [{ content: 'What I meant' }] },
);

const RepliesSchema = Type.Object(
  {
    items: Type.Array(Type.Unsafe({ $ref: 'CommentSchema' }), {
      description: 'Comments with replies again.',
    }),
    next_cursor: Type.Union([Type.String(), Type.Null()], {
      description: 'For GET /posts/{post_id}/comments?parent=<this id>: where the answer was cut.',
    }),
  },
  { $id: 'RepliesSchema', additionalProperties: false },
);

export const CommentSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    post_id: Type.String({ format: 'uuid' }),
    parent_id: Nullable(Type.String({ format: 'uuid' })),
    author: AuthorSchema,
    content: Nullable(Type.String()),
    created_at: Type.String({ format: 'date-time' }),
    updated_at: Type.String({ format: 'date-time' }),
    likes_count: Type.Integer({ minimum: 0 }),
    is_liked: Type.Boolean({ description: 'By the caller; false without a token.' }),
    is_deleted: Type.Boolean({ description: 'An empty node that holds its replies: no author, no content.' }),
    depth: Type.Integer({ minimum: 0, description: '0 for a comment on the post itself.' }),
    replies_count: Type.Integer({ minimum: 0, description: 'Direct replies that are not deleted.' }),
    replies: RepliesSchema,
  },
  { $id: 'CommentSchema', additionalProperties: false },
);

export const CommentPageSchema = PageSchema(CommentSchema, 'CommentPageSchema');
