import { expect } from 'chai';
import { Comment } from '../../src/commands/comments/comment.ts';
import { createComment } from '../../src/commands/comments/create-comment.ts';
import { instant } from '../../src/core/clock.ts';
import {
  deriveId,
  streamName,
  type CommandId,
  type CommentId,
  type PostId,
  type UserId,
} from '../../src/core/ids.ts';
import type { Appended } from '../../src/ports/event-log.ts';
import { login, register, startProgram, type RunningProgram } from './program.ts';

const deep = 10_000;
const idAt = (depth: number): CommentId => deriveId('deep thread', String(depth));

interface Node {
  readonly id: string;
  readonly depth: number;
  readonly content: string | null;
  readonly replies: { readonly items: readonly Node[]; readonly next_cursor: string | null };
}

describe('A thread of ten thousand answers', () => {
  let program: RunningProgram;
  let token: string;
  let post: PostId;

  /** What the commands would append, in their order: only then does an answer stand behind what it answers. */
  const write = async (author: UserId): Promise<void> => {
    const { codec, log, progress, clock } = program.program.engines;
    const at = instant(clock.now());
    const place = { postId: post, authorId: author };
    let parent: Comment | undefined;
    let last: Appended | undefined;
    for (let depth = 0; depth < deep; depth += 1) {
      const commentId = idAt(depth);
      const content = `Level ${depth}`;
      const decided = createComment(Comment.initial, {
        commentId,
        by: author,
        content,
        at,
        post: place,
        parent,
      });
      if (!decided.ok) throw new Error(decided.refusal);
      parent = decided.value.reduce(Comment.evolve, Comment.initial);
      const stream = streamName(Comment.kind, commentId);
      const commandId = deriveId<CommandId>('deep command', commentId);
      const metadata = { commandId, actor: author, correlationId: 'deep', causationId: commandId };
      const sealed = await codec.seal(decided.value, stream, commandId);
      const events = sealed.map((event) => ({ ...event, metadata }));
      last = await log.append(stream, 'no_stream', events);
    }
    expect(await progress.waitForPosition(last!.position, 60_000)).to.equal('shown');
  };

  before(async function () {
    this.timeout(120_000);
    program = await startProgram();
    const anna = await register(program, 'deep-anna');
    token = (await login(program, anna)).access;
    post = (await program.call('POST /posts', { token, body: { content: 'Deep' } })).json.id as PostId;
    await write(anna.id as UserId);
  });
  after(() => program.stop());

  it('is counted, and every answer is one', async () => {
    expect((await program.call(`GET /posts/${post}`)).json.comments_count).to.equal(deep);
    const last = await program.call(`GET /comments/${idAt(deep - 1)}`);
    expect(last.json).to.include({ depth: deep - 1, parent_id: idAt(deep - 2), replies_count: 0 });
  });

  it('is walked down to its end, twenty levels an answer', async () => {
    let path = `/posts/${post}/comments?depth=20`;
    let expected = 0;
    for (;;) {
      const answer = await program.call(`GET ${path}`);
      expect(answer.status).to.equal(200);
      let page = answer.json as Node['replies'];
      let last: Node | undefined;
      while (page.items.length > 0) {
        expect(page.items).to.have.length(1);
        last = page.items[0]!;
        expect([last.depth, last.id]).to.deep.equal([expected, idAt(expected)]);
        expected += 1;
        page = last.replies;
      }
      if (page.next_cursor === null) break;
      path = `/posts/${post}/comments?depth=20&parent=${last!.id}&cursor=${page.next_cursor}`;
    }
    expect(expected).to.equal(deep);
  }).timeout(60_000);

  it('is read flat to its end, a hundred a page', async () => {
    let cursor: string | null = '';
    let expected = 0;
    while (cursor !== null) {
      const next = cursor === '' ? '' : `&cursor=${cursor}`;
      const { json } = await program.call(`GET /posts/${post}/comments?view=flat&limit=100${next}`);
      for (const { depth, content } of json.items as Node[]) {
        expect([depth, content]).to.deep.equal([expected, `Level ${expected}`]);
        expected += 1;
      }
      cursor = json.next_cursor as string | null;
    }
    expect(expected).to.equal(deep);
  }).timeout(60_000);

  it('takes one more answer at its end, which goes and comes back', async () => {
    const body = { content: 'Deeper', parent_id: idAt(deep - 1) };
    const made = await program.call(`POST /posts/${post}/comments`, { token, body });
    expect(made.json).to.include({ depth: deep });
    const repliesOfLast = async () =>
      (await program.call(`GET /comments/${idAt(deep - 1)}`)).json.replies_count as number;
    expect(await repliesOfLast()).to.equal(1);
    await program.call(`DELETE /comments/${made.json.id}`, { token });
    expect(await repliesOfLast()).to.equal(0);
    await program.call(`POST /comments/${made.json.id}/restore`, { token });
    expect(await repliesOfLast()).to.equal(1);
  });

  it('loses one in its middle without losing what is below', async () => {
    const middle = idAt(deep / 2);
    await program.call(`DELETE /comments/${middle}`, { token });
    const { json } = await program.call(`GET /posts/${post}/comments?parent=${idAt(deep / 2 - 1)}&depth=2`);
    expect(json.items[0]).to.include({ id: middle, is_deleted: true, content: null });
    expect(json.items[0].replies.items[0]).to.include({ id: idAt(deep / 2 + 1), is_deleted: false });
    expect((await program.call(`GET /posts/${post}`)).json.comments_count).to.equal(deep);
  });
});
