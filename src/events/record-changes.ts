import type { AnyEvent } from './all.ts';

/** A record as people think of it, for `app.log`: ids only. */
export interface RecordChange {
  readonly entity: 'user' | 'session' | 'post' | 'comment' | 'like';
  readonly id: string;
  readonly action: 'create' | 'update' | 'delete';
}

type ChangesBy = {
  readonly [Type in AnyEvent['type']]: (
    event: Extract<AnyEvent, { readonly type: Type }>,
  ) => readonly RecordChange[];
};

const none = (): readonly RecordChange[] => [];

const user =
  (action: RecordChange['action']) =>
  ({ userId }: { readonly userId: string }): readonly RecordChange[] => [
    { entity: 'user', id: userId, action },
  ];

const endOfSession = (id: string): RecordChange => ({ entity: 'session', id, action: 'delete' });

const post =
  (action: RecordChange['action']) =>
  ({ postId }: { readonly postId: string }): readonly RecordChange[] => [
    { entity: 'post', id: postId, action },
  ];

const comment =
  (action: RecordChange['action']) =>
  ({ commentId }: { readonly commentId: string }): readonly RecordChange[] => [
    { entity: 'comment', id: commentId, action },
  ];

const like =
  (action: RecordChange['action']) =>
  ({ likeId }: { readonly likeId: string }): readonly RecordChange[] => [
    { entity: 'like', id: likeId, action },
  ];

/** Closed over all events: one without an entry does not compile. What is restored is there again: `create`. */
const changesBy: ChangesBy = {
  LogStarted: none,
  AccountRegistered: user('create'),
  RegistrationAbandoned: none,
  NameClaimAbandoned: none,
  UsernameChanged: user('update'),
  EmailChanged: user('update'),
  EmailVerified: user('update'),
  BioChanged: user('update'),
  PasswordChanged: (event) => [...event.ends.map(endOfSession), ...user('update')(event)],
  SignedIn: ({ sessionId, supersedes }) => [
    ...supersedes.map(endOfSession),
    { entity: 'session', id: sessionId, action: 'create' },
  ],
  SignedOut: ({ sessionId }) => [endOfSession(sessionId)],
  SessionRevoked: ({ sessionId }) => [endOfSession(sessionId)],
  AccountDisabled: (event) => [...event.ends.map(endOfSession), ...user('update')(event)],
  AccountEnabled: user('update'),
  NameClaimed: none,
  NameConfirmed: none,
  NameReleased: none,
  PostCreated: post('create'),
  // Belongs to the creation; the author asked for nothing new.
  PostPublished: none,
  PostEdited: post('update'),
  PostRemoved: post('delete'),
  PostRestored: post('create'),
  CommentCreated: comment('create'),
  CommentEdited: comment('update'),
  CommentRemoved: comment('delete'),
  CommentRestored: comment('create'),
  Liked: like('create'),
  Unliked: like('delete'),
};

/** The types that can change records; others need not be opened. */
export const recordChangingTypes: ReadonlySet<string> = new Set(
  Object.entries(changesBy)
    .filter(([, changes]) => changes !== none)
    .map(([type]) => type),
);

/** The records that an event created, updated or deleted, in order. */
export const recordChanges = (event: AnyEvent): readonly RecordChange[] =>
  (changesBy[event.type] as (event: AnyEvent) => readonly RecordChange[])(event);
