import { createSecretKey, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { openEventLog, type EmbeddedEventLog } from '../../src/adapters/embedded/event-log/event-log.ts';
import { openSubjectKeys } from '../../src/adapters/embedded/subject-keys/open-subject-keys.ts';
import { Comment } from '../../src/commands/comments/comment.ts';
import { createComment } from '../../src/commands/comments/create-comment.ts';
import { createCommandBus, type CommandBus, type CommandContext } from '../../src/commands/execute.ts';
import { createPost } from '../../src/commands/posts/create-post.ts';
import { Post } from '../../src/commands/posts/post.ts';
import { instant, systemChance, systemClock } from '../../src/core/clock.ts';
import {
  uuidv7,
  streamName,
  type CommandId,
  type CommentId,
  type EventId,
  type PostId,
  type UserId,
} from '../../src/core/ids.ts';
import { createCodec } from '../../src/events/codec.ts';
import { eventSchemas } from '../../src/events/all.ts';
import { upcasts } from '../../src/events/upcasts.ts';
import type { NewEvent } from '../../src/ports/event-log.ts';
import { serveArm } from '../harness/arm.ts';
import { keepInFlight } from '../harness/in-flight.ts';

export interface Input {
  readonly directory: string;
  /** `commands` decides and seals; `raw` appends an event that was sealed before, again and again under new ids. */
  readonly kind: 'commands' | 'raw';
  readonly content: string;
}

interface Engine {
  readonly log: EmbeddedEventLog;
  readonly bus: CommandBus;
}

const ids = uuidv7(systemClock, systemChance);
const author = ids.next<UserId>();
const postId = ids.next<PostId>();

const context = (): CommandContext => ({
  commandId: ids.next<CommandId>(),
  actor: author,
  correlationId: ids.next(),
});

const openEngine = async (directory: string): Promise<Engine> => {
  const keys = await openSubjectKeys({
    directory: join(directory, 'subject-keys'),
    masters: [{ id: 'bench', key: createSecretKey(randomBytes(32)) }],
    clock: systemClock,
    chance: systemChance,
  });
  const log = await openEventLog({ directory, clock: systemClock });
  const codec = createCodec({ schemas: eventSchemas, upcasts, keys, chance: systemChance });
  return { log, bus: createCommandBus({ log, codec, clock: systemClock }) };
};

const publishPost = async ({ bus }: Engine): Promise<void> => {
  const written = { title: null, content: 'A post', description: null, place: null, taggedUsers: [] };
  const at = instant(systemClock.now());
  const published = await bus.execute(Post, postId, context(), (state) =>
    createPost(state, { ...written, postId, by: author, at, unknownUsers: [] }),
  );
  if (!published.ok) throw new Error(published.refusal);
};

/** What a request does once it is parsed: load the post, load the comment's stream, decide, seal, append, read back. */
const comment = async ({ bus }: Engine, content: string): Promise<CommentId> => {
  const commentId = ids.next<CommentId>();
  const { state } = await bus.load(Post, postId);
  if (state.is !== 'published') throw new Error('The post is not there.');
  const at = instant(systemClock.now());
  const created = await bus.execute(Comment, commentId, context(), (comment) =>
    createComment(comment, { commentId, by: author, content, at, post: state, parent: undefined }),
  );
  if (!created.ok || created.value.events.length !== 1) throw new Error('The comment was not created.');
  return commentId;
};

const withNewIds = (event: NewEvent): NewEvent => ({ ...event, id: ids.next<EventId>() });

const countComments = async ({ log }: Engine): Promise<number> => {
  const statistics = await log.verify();
  // The post is two events.
  return statistics.events - 2;
};

let engine: Engine;
let operation: () => Promise<unknown>;
let before = 0;

const start = async ({ directory, kind, content }: Input): Promise<void> => {
  engine = await openEngine(directory);
  await publishPost(engine);
  const first = await comment(engine, content);
  if (kind === 'commands') {
    operation = () => comment(engine, content);
  } else {
    const [sample] = await engine.log.readStream(streamName('comment', first), { limit: 1 });
    const { id, type, schemaVersion, metadata, data, box } = sample!;
    const sealed: NewEvent = {
      id,
      type,
      schemaVersion,
      metadata,
      data,
      ...(box === undefined ? {} : { box }),
    };
    operation = async () => {
      const stream = streamName('comment', ids.next<CommentId>());
      await engine.log.append(stream, 'no_stream', [withNewIds(sealed)]);
    };
  }
  before = await countComments(engine);
};

serveArm({
  start,
  run: ({ width, seconds }: { readonly width: number; readonly seconds: number }) =>
    keepInFlight(width, seconds, operation),
  /** Events in the log by a full read with all checksums, less those that were there at the start. */
  recount: async () => (await countComments(engine)) - before,
  stop: () => engine.log.close(),
});
